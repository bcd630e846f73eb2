"""The secrets as a person holds them: named, kept, renamed, deleted, and never shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from getpass import getpass
from typing import TYPE_CHECKING, cast

from twilio_nb.domain.markup import Markup, Shown, aside, tag
from twilio_nb.domain.paths import check_secret_name
from twilio_nb.errors import StorageError
from twilio_nb.notebook.current import services
from twilio_nb.notebook.display import Note, Table
from twilio_nb.storage import safe
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.secrets import Secret, variable
from twilio_nb.storage.values import StoredValues

if TYPE_CHECKING:
    from twilio_nb.service import Service


class Secrets(Shown):
    """Secrets by name, outside of every notebook: auth tokens, secrets of API keys and of addresses, sources of values.

    They show themselves as names: where each is kept, what uses it, and what is asked for and kept nowhere. A value
    is never shown.

    Examples
    --------
    >>> twilio_nb.secrets.set("myTwilio")
    >>> twilio_nb.secrets.rename("myTwilio", "hotline")
    >>> twilio_nb.secrets
    """

    def set(self, name: str, value: str | None = None, *, next: bool = False) -> Note:
        """Keep a secret in the system's keyring, or else in a file that only you can read.

        Open services of this notebook use it from then on.

        Parameters
        ----------
        name : str
            Name of the secret, ASCII letters, digits, ``_`` and ``-``, 64 at most, the first a letter or a digit; a
            service looks under its own name unless told otherwise.
        value : str, optional
            The auth token, an API key's secret, or another one, 500 characters at most. Left out, it is asked for and
            not shown, which keeps it out of the notebook.
        next : bool
            Whether it is the account's secondary token, which Twilio will promote, or what addresses are to hold
            next: it is accepted besides the present one, until ``secrets.set(name)`` keeps it as the present one and
            ends the rotation.

        Returns
        -------
        Note
            A sentence that says where it is kept.

        Raises
        ------
        ConfigurationError
            If the name cannot be one, as when it is the token itself, the value is empty or too long, or the file
            is open to others.
        """
        check_secret_name(name)
        given = Secret((getpass(f"Value of the secret {name!r}: ") if value is None else value).strip())
        value = None  # a traceback that shows variables would show it
        said = safe.keep(name, given, coming=next)
        if next:
            said += f" It is accepted besides the present one until twilio_nb.secrets.set({name!r}) ends the rotation."
        services.renew(name)
        return Note(said)

    def rename(self, name: str, new: str) -> Note:
        """Give a secret another name; services, webhooks and values that use it use it by that name.

        Parameters
        ----------
        name, new : str
            The name that it has, and the one that it gets.

        Returns
        -------
        Note
            Where it is kept, and what uses it.

        Raises
        ------
        SecretNotFound
            If nothing is kept under its name. What a variable of the environment holds is renamed there.
        ConfigurationError
            If the new name cannot be one, or something is kept under it.
        """
        check_secret_name(new)
        with Database.open() as database:
            registry, values = Registry(database), StoredValues(database)
            # In this order: whatever breaks off in between, a service finds what it asks for.
            said = safe.copy(name, new)
            for one in services.all():
                if one.definition.secret == name and not one.definition.sandbox:
                    cast("Service", one).redefine(replace(one.definition, secret=new))
                cast("Service", one)._rename_secret(name, new)
            for stored in registry.services():
                if stored.secret == name:
                    registry.save_service(replace(stored, secret=new))
            registry.rename_secret(name, new)
            for value in values.all():
                if value.from_secret and value.value == name:
                    values.save(replace(value, value=new))
        left = safe.forget([name])
        services.renew(new)
        return Note(f"{name!r} is now {new!r}.", said, *filter(None, [left]))

    def delete(self, *names: str) -> Note:
        """Delete secrets, wherever they are kept; all of them or, if one is not there, none.

        Parameters
        ----------
        *names : str
            Their names.

        Returns
        -------
        Note
            What still asks for them.

        Raises
        ------
        SecretNotFound
            If nothing is kept under some of the names; the message has all of these.
        """
        left = safe.forget(names)
        users = _users()
        said = [
            f"{name!r} is deleted."
            + (
                f" It is still asked for by {_told(users[name])}: twilio_nb.secrets.set({name!r}) keeps another."
                if name in users
                else ""
            )
            for name in names
        ]
        for name in names:
            services.renew(name)
        return Note(*said, *filter(None, [left]))

    def __iter__(self) -> Iterator[str]:
        return iter([one.name for one in safe.listed()[0]])

    def __contains__(self, name: object) -> bool:
        return name in list(self)

    def _table(self) -> tuple[Table, str]:
        users = _users()
        kept, trouble = safe.listed(users)
        rows = [
            {
                "name": one.name,
                "kept": _where(one, users.get(one.name, [])),
                "used by": _told(users.get(one.name, [])),
            }
            for one in kept
        ]
        table = Table(
            rows, empty="There is no secret. twilio_nb.secrets.set('name') asks for one and keeps it."
        )
        return table, f"There may be more: {trouble}." if trouble else ""

    def _text(self) -> str:
        table, more = self._table()
        return "\n".join(filter(None, [table._text(), more]))

    def _html(self) -> Markup:
        table, more = self._table()
        return tag("div", table._html(), aside(more)) if more else table._html()

    def __repr__(self) -> str:
        return self._text()


def _users() -> dict[str, list[str]]:
    """Return what asks for which secret, as far as the store tells."""
    users: dict[str, list[str]] = {}
    try:
        with Database.open() as database:
            _add_users(users, database)
            # A simulated account has a database of its own.
            others = {one.database.name: one.database for one in cast("list[Service]", services.all())}
            for name in others.keys() - {database.name}:
                _add_users(users, others[name])
    except StorageError:
        pass  # what is kept can be told without it
    return users


def _add_users(users: dict[str, list[str]], database: Database) -> None:
    for service in Registry(database).services():
        if not service.sandbox:  # its token is kept with the account
            users.setdefault(service.secret, []).append(f"the service {service.name!r}")
    for webhook in Registry(database).webhooks():
        if webhook.secret is not None:
            users.setdefault(webhook.secret, []).append(f"the address of {webhook.key!r}")
    for value in StoredValues(database).all():
        if value.from_secret:
            users.setdefault(value.value, []).append(f"the value {value.name!r}")


def _told(users: list[str]) -> str:
    return ", ".join(users)


def _where(one: safe.Kept, users: list[str]) -> str:
    stand_in = any(user.startswith("the service") for user in users) and variable("TWILIO_AUTH_TOKEN")
    places = list(one.places)
    if stand_in and not (places and places[0].endswith("of the environment")):
        places.insert(0, "TWILIO_AUTH_TOKEN of the environment")
    coming = "; another comes next" if one.rotates else ""
    if not places:
        return f"nowhere: twilio_nb.secrets.set({one.name!r}) asks for it{coming}"
    return f"{places[0]}{' (and elsewhere)' if places[1:] else ''}{coming}"


secrets = Secrets()
