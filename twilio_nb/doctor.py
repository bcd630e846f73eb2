"""Whether a service is sound: all that it needs, and whether MongoDB refuses what it is to refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from twilio_nb.checks import findings
from twilio_nb.domain.namespaces import CollectionDefinition
from twilio_nb.domain.permissions import UserDefinition
from twilio_nb.errors import StorageError, TwilioNBError
from twilio_nb.notebook.display import Finding, Findings
from twilio_nb.storage.database import Database
from twilio_nb.storage.logins import find_login
from twilio_nb.storage.trials import (
    DUPLICATE,
    MISFIT,
    Trial,
    code_of_double,
    code_of_misfit,
    trials_of_user,
)
from twilio_nb.storage.users import code_of_login, own_name
from twilio_nb.storage.validators import State, leftover_count, misfit_count, state

if TYPE_CHECKING:
    from twilio_nb.service import Service

_HARDEN = "service.harden() makes it so."


def examination(service: Service) -> Findings:
    """Look at all that a service needs, and try whether MongoDB refuses what it is to refuse.

    Parameters
    ----------
    service : Service
        The service.

    Returns
    -------
    Findings
        What `Service.check` finds first.
    """
    found = findings(service)
    database = service.database
    tries: list[Callable[[], Iterator[Finding]]] = [partial(_store, database)]
    try:
        tries += [partial(_collection, database, one) for one in service.collections]
        tries += [partial(_user, database, one) for one in service.users]
    except StorageError:
        tries = []  # the store is away, which was said already
    for attempt in tries:
        try:
            found += list(attempt())
        except TwilioNBError as error:
            found.append(Finding("problem", str(error)))
    return Findings(f"{service.name}, account {service.definition.account_sid}", found)


def _store(database: Database) -> Iterator[Finding]:
    code = code_of_double(database, f"{database.name}.messages", "_id")
    if code == DUPLICATE:
        yield Finding(
            "ok", "A text that comes twice is stored once: MongoDB refused the second (error 11000)."
        )
    else:
        yield Finding(
            "problem", f"A second text with one Message SID was not refused as a double (code {code})."
        )
    name = own_name(database)
    if name is None:
        yield Finding(
            "problem",
            "This notebook is connected without a password, so MongoDB may hold no user to anything: name a user in "
            "TWILIO_NB_MONGODB_URI, and have the server demand passwords.",
        )
    else:
        yield Finding("ok", f"Handlers without run_as are connected as {name!r}, as this notebook is.")


def _collection(database: Database, definition: CollectionDefinition) -> Iterator[Finding]:
    now = state(database, definition)
    if not now.exists:
        yield Finding(
            "problem",
            f"{definition.name} is not there: a handler would make it, without validator and index. {_HARDEN}",
        )
        return
    if definition.validator:
        yield _validator(database, definition, now)
    for field in definition.unique:
        code = code_of_double(database, definition.name, field)
        if code == DUPLICATE:
            yield Finding(
                "ok", f"{definition.name} refused a second document with the same {field} (error 11000)."
            )
        elif code == MISFIT and field in now.unique:
            sentence = (
                f"{definition.name} has a unique index of {field}; its validator let nothing in to try it."
            )
            yield Finding("ok", sentence)
        else:
            yield Finding("problem", f"{definition.name} takes documents with the same {field}. {_HARDEN}")
    if count := leftover_count(database, definition):
        yield Finding(
            "warning",
            f"{definition.name} has {count} documents with the field _id__baas_transaction, which App Services left: "
            'update_many({}, {"$unset": {"_id__baas_transaction": ""}}) takes it away.',
        )


def _validator(database: Database, definition: CollectionDefinition, now: State) -> Finding:
    name = definition.name
    if not now.is_as(definition) and now.validator != definition.validator:
        return Finding("problem", f"{name} does not check its documents as declared. {_HARDEN}")
    if not definition.enforced:
        count = misfit_count(database, definition)
        fitting = f"{count} of its documents would be refused" if count else "all of its documents fit"
        remedy = (
            f"service.collections.enforce({name!r}), then service.harden(), has what does not fit refused."
        )
        return Finding("warning", f"{name} only notes what does not fit its schema; {fitting}. {remedy}")
    if not now.enforced:
        return Finding("problem", f"{name} only notes what does not fit its schema. {_HARDEN}")
    code = code_of_misfit(database, definition)
    if code == MISFIT:
        return Finding("ok", f"{name} refused a document that does not fit its schema (error 121).")
    if code is None and now.validator == definition.validator:
        return Finding(
            "ok", f"{name} checks its documents as declared; nothing simple is known that it refuses."
        )
    return Finding("problem", f"{name} did not refuse what does not fit its schema (code {code}). {_HARDEN}")


def _user(database: Database, definition: UserDefinition) -> Iterator[Finding]:
    name = definition.name
    login = find_login(database, name)
    if (code := code_of_login(database, login)) is not None:
        yield Finding(
            "problem", f"MongoDB does not let {name!r} in (code {code}): service.harden() says what to do."
        )
        return
    tried = trials_of_user(database, login, definition)
    wrong = [one for one in tried if not one.is_right]
    if wrong:
        yield Finding("problem", f"{name!r} {_said(wrong)}. {_HARDEN}")
        return
    refused = [one.what for one in tried if not one.wanted]
    yield Finding(
        "ok",
        f"{name!r} may {', '.join(definition.may)}, and was let; {len(refused)} other things were refused (error 13), "
        f"such as {refused[0]} and {refused[-1]}.",
    )


def _said(wrong: list[Trial]) -> str:
    may = [one.what for one in wrong if not one.wanted]
    may_not = [one.what for one in wrong if one.wanted]
    parts = [f"was not refused: {', '.join(may)}"] if may else []
    return " and ".join([*parts, *([f"was refused: {', '.join(may_not)}"] if may_not else [])])
