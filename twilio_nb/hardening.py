"""Having MongoDB refuse what handlers may not do: ``service.users``, ``service.collections``, ``service.harden()``.

A person declares, `harden` has MongoDB make it so, `doctor` tries whether it holds. Each may be repeated.
"""

from __future__ import annotations

from twilio_nb.declared import Collections
from twilio_nb.domain.markup import Markup, Shown, aside, frame, tag
from twilio_nb.domain.namespaces import CollectionDefinition
from twilio_nb.domain.permissions import UserDefinition
from twilio_nb.errors import StoreUnavailable, TwilioNBError
from twilio_nb.notebook.display import Findings, Table
from twilio_nb.steps import to_make
from twilio_nb.storage.database import Database
from twilio_nb.storage.logins import find_login
from twilio_nb.storage.users import (
    NO_SUCH_LOGIN,
    NotForDrivers,
    asks_for_passwords,
    code_of_login,
    is_atlas,
    make_user,
    password_is_known,
)
from twilio_nb.storage.validators import make_collection
from twilio_nb.users import Users

_COLUMNS = ("what", "state", "prevents")
_OPEN = (
    "MongoDB runs without access control there, so a user is held to nothing: start it with --auth, or with a "
    "keyFile, then call service.harden() again"
)
Row = dict[str, str]


class Hardening:
    """What a service does to have MongoDB hold its handlers to little; a base of `Service`.

    Attributes
    ----------
    database : Database
        Where its texts are, and what is declared.
    """

    database: Database

    @property
    def users(self) -> Users:
        """Users of MongoDB that handlers run as: shows itself; ``add`` and ``remove`` are its methods."""
        return Users(self.database)

    @property
    def collections(self) -> Collections:
        """Collections and what they refuse: shows itself; ``add``, ``enforce`` and ``remove`` are its methods."""
        return Collections(self.database)

    def harden(self) -> Hardened:
        """Have MongoDB make what is declared: collections, their validators and unique fields, roles, users.

        What is there already is left, or brought to what is declared; nothing is deleted. Where MongoDB lets only
        somebody else make users, as in Atlas, it says which commands to run there; once they were run, calling
        this again looks whether it is so.

        Returns
        -------
        Hardened
            A short table: what there is now, and what each part prevents.

        Raises
        ------
        StoreUnavailable
            If MongoDB cannot be reached.
        """
        users, collections = list(self.users), list(self.collections)
        declared = {one.name for one in collections}
        # Who only finds may find in a view, and makes nothing.
        written = {
            one.collection for user in users for one in user.permissions if one.action == "insert"
        } - declared
        rows = [
            {
                "what": "messages, the texts",
                "state": "there",
                "prevents": "storing or handling a text twice: its Message SID is the document's _id (error 11000)",
            }
        ]
        for collection in [*collections, *map(CollectionDefinition, sorted(written))]:
            rows += _hardened_collection(self.database, collection)
        steps: list[str] = []
        for user in users:
            row, commands = _hardened_user(self.database, user)
            rows.append(row)
            steps += commands
        return Hardened(rows, steps)

    def doctor(self) -> Findings:
        """Look at all that a service needs, as `check` does, and try whether MongoDB refuses what it is to refuse.

        What it tries it takes back. It expects MongoDB's error codes: 13 for what a user may not, 121 for what does
        not fit a schema, 11000 for what is there already.

        Returns
        -------
        Findings
            A sentence each.
        """
        from twilio_nb.doctor import examination

        return examination(self)  # type: ignore[arg-type]  # every Hardening is a Service


class Hardened(Shown):
    """What `harden` did: a table, and what is left for a person to do.

    Parameters
    ----------
    rows : list of dict
        ``what``, ``state`` and ``prevents``.
    steps : list of str
        Commands, a line each.
    """

    def __init__(self, rows: list[Row], steps: list[str]) -> None:
        self.rows = rows
        self.steps = steps
        self._table = Table(rows, _COLUMNS)

    def _text(self) -> str:
        return "\n".join([self._table._text(), *self._todo(), *self.steps])

    def _html(self) -> Markup:
        commands = (
            [tag("pre", "\n".join(self.steps), style="white-space:pre-wrap;margin:4px 0")]
            if self.steps
            else []
        )
        return frame(self._table._html(), *map(aside, self._todo()), *commands)

    def _todo(self) -> list[str]:
        if not self.steps:
            return []
        return ["MongoDB lets this notebook make no users. Run these, then service.harden() again:"]


def _hardened_collection(database: Database, definition: CollectionDefinition) -> list[Row]:
    try:
        make_collection(database, definition)
    except StoreUnavailable:
        raise
    except TwilioNBError as error:
        return [{"what": definition.name, "state": "not as declared", "prevents": str(error)}]
    rows = [
        {
            "what": definition.name,
            "state": "there",
            "prevents": "that a handler makes it anew, without validator and indexes",
        }
    ]
    if definition.validator:
        prevents = (
            "storing what does not fit its schema (error 121)"
            if definition.enforced
            else "nothing yet: what does not fit its schema is stored, and service.doctor() counts it; "
            f"service.collections.enforce({definition.name!r}) has it refused"
        )
        rows.append(
            {
                "what": f"validator of {definition.name}",
                "state": "error" if definition.enforced else "warn",
                "prevents": prevents,
            }
        )
    rows += [
        {
            "what": f"{field} in {definition.name}",
            "state": "unique",
            "prevents": f"a second {field} (error 11000)",
        }
        for field in definition.unique
    ]
    return rows


def _hardened_user(database: Database, definition: UserDefinition) -> tuple[Row, list[str]]:
    name = definition.login_name(database.name)
    row = {"what": f"user {definition.name}", "state": "made", "prevents": _prevented(definition)}
    try:
        make_user(database, definition)
        login = find_login(database, definition.name)
        if not asks_for_passwords(database, login):
            return row | {"state": "useless", "prevents": _OPEN}, []
    except NotForDrivers:
        commands = to_make(name, definition, atlas=is_atlas(database.client))
        if not password_is_known(database, definition):
            return row | {"state": "to be made, see below"}, commands
        code = code_of_login(database, find_login(database, definition.name))
        if code == NO_SUCH_LOGIN:
            return row | {"state": "unknown to MongoDB, or with another password"}, commands
        return row | {"state": f"there, made by somebody else as {name}"}, []
    except StoreUnavailable:
        raise
    except TwilioNBError as error:
        return row | {"state": "not made", "prevents": str(error)}, []
    return row, []


def _prevented(definition: UserDefinition) -> str:
    return f"whatever else a handler tries that runs as it (error 13); it may {', '.join(definition.may)}"
