"""Users of MongoDB that handlers run as, as a person holds them: shown, added, removed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twilio_nb.declared import MAKE, Declared, known
from twilio_nb.domain.permissions import UserDefinition
from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook.display import Note, Table
from twilio_nb.steps import to_remove
from twilio_nb.storage.database import Database
from twilio_nb.storage.declarations import declared_users
from twilio_nb.storage.users import NotForDrivers, drop_user, is_atlas, password_is_known

_DECIDING = ("services", "webhooks", "rules", "values", "users", "collections")


class Users(Declared):
    """Users of MongoDB that handlers run as: each may do little, and MongoDB refuses it the rest.

    They are declared here and made by ``service.harden()``. All services of the database share them. A webhook
    that is defined with ``run_as="collector"`` (``--run-as collector``) runs as one:
    ``context.services.get("mongodb-atlas")`` is then connected as that user, whose password was made up, and is
    kept with the embedded server's data, or as the secrets are. What that limits, and what it cannot, says
    :mod:`twilio_nb.receiving.users`.

    Examples
    --------
    >>> service.users.add("collector", may=["insert into demo.texts", "find in demo.survey"])
    >>> service.harden()
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._declared = declared_users(database)

    def add(self, name: str, may: Sequence[str] | str) -> Note:
        """Declare a user, in place of the one that has its name.

        Parameters
        ----------
        name : str
            Its name: ASCII letters, digits, ``_`` and ``-``, 64 at most.
        may : sequence of str
            What it may do: ``"insert into DATABASE.COLLECTION"``, ``"find in …"``, ``"update in …"``,
            ``"delete from …"``. Nothing else, not even reading what it has stored.

        Returns
        -------
        Note
            What it may.

        Raises
        ------
        ConfigurationError
            If the name cannot be one, or a sentence is no permission.
        """
        definition = UserDefinition(name, (may,) if isinstance(may, str) else tuple(may))
        for one in definition.permissions:
            if one.action != "find" and one.place[0] == self._database.name and one.place[1] in _DECIDING:
                message = f"{one.collection!r} decides what handlers may do, so none of them may {one.action} there."
                raise ConfigurationError(message)
        definition.login_name(self._database.name)
        if not definition.may:
            message = (
                f"{name!r} may do nothing so far; name one thing at least, such as 'insert into demo.texts'."
            )
            raise ConfigurationError(message)
        self._declared.save(definition)
        return Note(f"{name!r} may {', '.join(definition.may)}. {MAKE}")

    def remove(self, name: str) -> Note:
        """Take a user away, in MongoDB too. Handlers that run as it do not run any more.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        Note
            That it is gone; or what is left to do, where MongoDB lets only somebody else remove users.

        Raises
        ------
        ConfigurationError
            If there is none of this name.
        """
        definition = self._declared.find(name)
        if definition is None:
            message = f"There is no user {name!r}; there are: {known(one.name for one in self)}."
            raise ConfigurationError(message)
        try:
            drop_user(self._database, definition)
        except NotForDrivers:
            self._declared.remove(name)
            steps = to_remove(
                definition.login_name(self._database.name), atlas=is_atlas(self._database.client)
            )
            return Note(
                f"{name!r} is removed here; MongoDB lets only somebody else remove the user itself:", *steps
            )
        self._declared.remove(name)
        return Note(f"{name!r} is removed.")

    def __iter__(self) -> Iterator[UserDefinition]:
        return iter(self._declared.all())

    def _table(self) -> Table:
        rows = [
            {"user": one.name, "may": one.may, "password": "known" if self._knows(one) else "none yet"}
            for one in self
        ]
        return Table(rows, empty="There is no user. service.users.add('NAME', may=[…]) declares one.")

    def _knows(self, one: UserDefinition) -> bool:
        return password_is_known(self._database, one)
