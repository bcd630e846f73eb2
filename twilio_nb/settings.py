"""The values as a person holds them: shown, set, removed."""

from __future__ import annotations

import re
from typing import Any

from twilio_nb.domain.addresses import masked, masked_in
from twilio_nb.domain.extended import readable
from twilio_nb.domain.markup import Markup, Shown
from twilio_nb.domain.paths import TOKEN_IN_TEXT
from twilio_nb.domain.values import ValueDefinition
from twilio_nb.errors import ConfigurationError, ValueNotFound
from twilio_nb.notebook.display import Note, Table
from twilio_nb.receiving.values import Values as ReadableValues
from twilio_nb.storage.database import Database
from twilio_nb.storage.secrets import Secret, find_secret
from twilio_nb.storage.values import StoredValues, environment_tag

_NOTHING = object()
_HIDDEN = "********"
_LONGEST = 60  # characters of a value that is shown
_BARE = re.compile(r'(?<![\w.+"-])\d{10,15}(?![\w."])')  # a telephone number that somebody stored as a number


class Values(ReadableValues, Shown):
    """Values by name, for all services: what handlers and rules need and no cell should hold.

    Handlers read them as ``context.values.get("name")``, conditions as ``"%%values.name"``. They are in the database
    that ``TWILIO_NB_DATABASE`` names, for sandboxes too.

    Examples
    --------
    >>> twilio_nb.values.set("staff", ["+15558675309", "+15558675310"])
    >>> twilio_nb.values.set("weatherKey", from_secret="weather-key")
    >>> twilio_nb.values["staff"][0]
    '+15558675309'
    """

    def set(
        self,
        name: str,
        value: Any = _NOTHING,
        *,
        from_secret: str | None = None,
        environment: str | None = None,
    ) -> Note:
        """Keep a value in place of the one that has its name.

        Parameters
        ----------
        name : str
            Its name: ASCII letters, digits, ``_`` and ``-``, 64 at most, the first a letter or a digit.
        value : object
            A text, number, truth, time, list or document: whatever MongoDB stores.
        from_secret : str, optional
            *Name* of the secret whose value it is, in the place of `value`; ``twilio_nb.secrets.set(name)`` keeps that.
        environment : {"development", "testing", "qa", "production", ""}, optional
            The environment that it belongs to, as ``context.environment.values["name"]``; by default to none of them.

        Returns
        -------
        Note
            Where it is found now.

        Raises
        ------
        ConfigurationError
            If the name cannot be one, or the value cannot be stored.
        SecretNotFound
            If the secret has no value.
        """
        if (value is _NOTHING) is (from_secret is None):
            message = (
                f"Give {name!r} a value, twilio_nb.values.set({name!r}, …), or the name of a secret, "
                f"twilio_nb.values.set({name!r}, from_secret='NAME'): one of both."
            )
            raise ConfigurationError(message)
        if isinstance(value, Secret):
            message = (
                f"A Secret is not stored as a value. Keep it with twilio_nb.secrets.set('NAME'), then "
                f"twilio_nb.values.set({name!r}, from_secret='NAME')."
            )
            raise ConfigurationError(message)
        kept = value if from_secret is None else from_secret
        definition = ValueDefinition(name, kept, from_secret is not None, environment).checked()
        if definition.from_secret:
            find_secret(definition.value, own=True)
        with Database.open() as database:
            StoredValues(database).save(definition)
        where = (
            f"context.values.get({name!r}), in a condition '%%values.{name}'"
            if environment is None
            else f"context.environment.values[{name!r}], where TWILIO_NB_ENVIRONMENT is {environment!r}"
        )
        sentences = [f"{name!r} is kept; in a handler: {where}."]
        if isinstance(value, int) and 10**9 < value < 10**15:
            sentences.append("It is a number; one to text from or to is a text, such as '+15558675309'.")
        if TOKEN_IN_TEXT.search(str(value)):
            sentences.append(
                "It looks like an auth token, and a value is kept in clear: keep a secret with "
                f"twilio_nb.secrets.set('NAME'), then twilio_nb.values.set({name!r}, from_secret='NAME')."
            )
        return Note(*sentences)

    def remove(self, name: str, *, environment: str | None = None) -> Note:
        """Forget a value; of one that comes from a secret, the secret stays.

        Parameters
        ----------
        name : str
            Its name.
        environment : str, optional
            The environment that it belongs to.

        Returns
        -------
        Note
            That it is gone.

        Raises
        ------
        ValueNotFound
            If there is none of this name.
        """
        with Database.open() as database:
            removed = StoredValues(database).remove(name, environment)
        if not removed:
            of = "" if environment is None else f" in the environment {environment!r}"
            message = f"There is no value {name!r}{of}; there are: {', '.join(self) or 'none'}."
            raise ValueNotFound(message)
        return Note(f"{name!r} is removed.")

    def _table(self) -> Table:
        with Database.open() as database:
            stored = StoredValues(database).all()
        rows = [{"name": one.name, "value": _shown(one), "of": _origin(one)} for one in stored]
        return Table(rows, empty="There is no value. twilio_nb.values.set('name', …) keeps one.")

    def _text(self) -> str:
        return self._table()._text()

    def _html(self) -> Markup:
        return self._table()._html()

    def __repr__(self) -> str:
        return self._text()


def _shown(one: ValueDefinition) -> str:
    if one.from_secret:
        return _HIDDEN
    text = TOKEN_IN_TEXT.sub(_HIDDEN, readable(one.value))
    text = masked_in(_BARE.sub(lambda found: masked(found[0]), text))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _origin(one: ValueDefinition) -> str:
    if one.from_secret:
        return f"the secret {one.value!r}"
    if one.environment is None:
        return "all services"
    now = ", which is this one" if one.environment == environment_tag() else ""
    return f"the environment {one.environment!r}{now}"


values = Values()
