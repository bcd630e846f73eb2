"""Collections and what they refuse, as a person holds them: shown, added, enforced, removed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from twilio_nb.domain.markup import Markup, Shown
from twilio_nb.domain.namespaces import CollectionDefinition, written_schema
from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook.display import Note, Table
from twilio_nb.storage.database import Database
from twilio_nb.storage.declarations import declared_collections

MAKE = "service.harden() has MongoDB make it so."
"""What follows a declaration."""


class Declared(Shown):
    """Something declared that shows itself as a table."""

    def _table(self) -> Table:
        raise NotImplementedError

    def _text(self) -> str:
        return self._table()._text()

    def _html(self) -> Markup:
        return self._table()._html()

    def __repr__(self) -> str:
        return self._text()


class Collections(Declared):
    """Collections that handlers write to, and what they refuse: documents that do not fit a schema, and doubles.

    They are declared here and made by ``service.harden()``. A schema of App Services was enforced by that
    platform, and not for texts; MongoDB enforces it for everybody, also for this notebook, unless an operation says
    ``bypass_document_validation=True``, which the notebook's own user may and users of `run_as` may not.
    So it begins by warning: what does not fit is stored. A server of yours then notes it in its own log, the whole
    document; the embedded one does not. ``service.doctor()`` counts what would be refused; :meth:`enforce` then has
    it refused.

    Examples
    --------
    >>> service.collections.add("demo.texts", {"required": ["Body"]}, unique="MessageSid")
    >>> service.harden()
    >>> service.doctor()
    >>> service.collections.enforce("demo.texts")
    >>> service.harden()
    """

    def __init__(self, database: Database) -> None:
        self._declared = declared_collections(database)

    def add(
        self,
        name: str,
        schema: Mapping[str, Any] | None = None,
        *,
        unique: Sequence[str] | str = (),
        nullable: bool = False,
    ) -> Note:
        """Declare a collection, in place of what was declared of it; a schema that is the same stays enforced.

        Parameters
        ----------
        name : str
            ``"DATABASE.COLLECTION"``.
        schema : mapping, optional
            What its documents are like: the content of ``schema.json`` of an exported app, or a ``$jsonSchema``
            of MongoDB.
        unique : sequence of str, optional
            Fields of which no two documents may have the same value, such as ``"MessageSid"``: then no text is
            stored twice, whatever runs twice. Documents without the field do not count.
        nullable : bool
            Whether fields that the schema does not require may be null, as a switch of the app said.

        Returns
        -------
        Note
            What it will refuse, and a line for each part of the schema that MongoDB cannot check.

        Raises
        ------
        ConfigurationError
            If the name or the schema cannot be one.
        """
        fields = (unique,) if isinstance(unique, str) else tuple(unique)
        definition = CollectionDefinition(name, written_schema(schema), nullable, fields)
        before = self._declared.find(name)
        if before is not None and before.validator == definition.validator:
            definition = replace(definition, enforced=before.enforced, level=before.level)
        self._declared.save(definition)
        return Note(f"{name}: {_meaning(definition)}. {MAKE}", *definition.translation.notes)

    def enforce(self, name: str, *, level: Literal["strict", "moderate"] = "strict") -> Note:
        """Have what does not fit the schema refused, no longer only noted.

        Parameters
        ----------
        name : str
            ``"DATABASE.COLLECTION"``.
        level : {"strict", "moderate"}
            Whether documents that did not fit before must fit once they are changed; with "moderate" they need not.

        Returns
        -------
        Note
            What it will refuse.

        Raises
        ------
        ConfigurationError
            If it is not declared, or has no schema.
        """
        definition = self._found(name)
        if not definition.validator:
            message = (
                f"{name} has no schema to enforce; service.collections.add({name!r}, {{…}}) declares one."
            )
            raise ConfigurationError(message)
        definition = replace(definition, enforced=True, level=level)
        self._declared.save(definition)
        return Note(f"{name}: {_meaning(definition)}. {MAKE}")

    def remove(self, name: str) -> Note:
        """Forget a collection; it stays in MongoDB as it is, with its validator and its indexes.

        Parameters
        ----------
        name : str
            ``"DATABASE.COLLECTION"``.

        Returns
        -------
        Note
            What stays.

        Raises
        ------
        ConfigurationError
            If it is not declared.
        """
        self._declared.remove(self._found(name).name)
        return Note(f"{name} is no longer declared; in MongoDB it stays as it is.")

    def _found(self, name: str) -> CollectionDefinition:
        definition = self._declared.find(name)
        if definition is None:
            message = (
                f"The collection {name!r} is not declared; there are: {known(one.name for one in self)}."
            )
            raise ConfigurationError(message)
        return definition

    def __iter__(self) -> Iterator[CollectionDefinition]:
        return iter(self._declared.all())

    def _table(self) -> Table:
        rows = [{"collection": one.name, "meaning": _meaning(one)} for one in self]
        return Table(
            rows, empty="No collection is declared. service.collections.add('demo.texts', {…}) does that."
        )


def _meaning(one: CollectionDefinition) -> str:
    parts = []
    if one.validator:
        parts.append(
            "refuses what does not fit its schema" if one.enforced else "notes what does not fit its schema"
        )
    elif one.schema:
        parts.append("checks nothing, as MongoDB can check nothing of its schema")
    if one.unique:
        parts.append(f"refuses a second document with the same {' or '.join(one.unique)}")
    return ", and ".join(parts) or "is there, and refuses nothing"


def known(names: Iterable[str]) -> str:
    """Return names as an error lists them."""
    return ", ".join(map(repr, names)) or "none"
