"""``values/<name>.json`` and ``environments/<tag>.json``: values, in Extended JSON."""

from collections.abc import Iterable, Mapping
from typing import Any

from twilio_nb.domain.extended import extended, plain
from twilio_nb.domain.values import ValueDefinition, check_environment
from twilio_nb.errors import ConfigurationError

NO_ENVIRONMENT = "no-environment"
"""What the file of the environment ``""`` is called."""


def to_config(definition: ValueDefinition) -> dict[str, Any]:
    """Return the content of a value's file.

    Parameters
    ----------
    definition : ValueDefinition
        A value of no environment.

    Returns
    -------
    dict
        For `files.write`; of a value from a secret the secret's name.

    Notes
    -----
    https://www.mongodb.com/docs/atlas/app-services/reference/config/values/

    Examples
    --------
    >>> to_config(ValueDefinition("staff", 1))
    {'name': 'staff', 'value': 1, 'from_secret': False}
    """
    return {
        "name": definition.name,
        "value": extended(definition.value),
        "from_secret": definition.from_secret,
    }


def from_config(document: Mapping[str, Any]) -> ValueDefinition:
    """Read the content of a value's file; keys it does not know are ignored.

    Parameters
    ----------
    document : mapping
        As `files.read` returns it; without ``from_secret`` it is a plain value.

    Returns
    -------
    ValueDefinition
        Its name is taken as it is.

    Raises
    ------
    ConfigurationError
        If it has no name, or its Extended JSON is none.

    Examples
    --------
    >>> from_config({"name": "staff", "value": {"$numberInt": "1"}}).value
    1
    """
    name = document.get("name")
    if not isinstance(name, str) or not name:
        message = "A value's file holds no name; expected {'name': …, 'value': …, 'from_secret': …}."
        raise ConfigurationError(message)
    return ValueDefinition(name, _value(name, document.get("value")), document.get("from_secret") is True)


def environment_to_config(values: Iterable[ValueDefinition]) -> dict[str, Any]:
    """Return the content of an environment's file, the values by name.

    Parameters
    ----------
    values : iterable of ValueDefinition
        Those of one environment.

    Returns
    -------
    dict
        For `files.write`.

    Notes
    -----
    https://www.mongodb.com/docs/atlas/app-services/reference/config/environments/
    """
    return {"values": {one.name: extended(one.value) for one in sorted(values, key=lambda one: one.name)}}


def environment_from_config(tag: str, document: Mapping[str, Any]) -> list[ValueDefinition]:
    """Read the content of an environment's file.

    Parameters
    ----------
    tag : str
        The environment; ``no-environment``, as its file is called, is ``""``.
    document : mapping
        As `files.read` returns it.

    Returns
    -------
    list of ValueDefinition
        By name.

    Raises
    ------
    ConfigurationError
        If there is no such environment, or an Extended JSON is none.
    """
    tag = check_environment("" if tag == NO_ENVIRONMENT else tag)
    values = document.get("values")
    found = values if isinstance(values, Mapping) else {}
    return [ValueDefinition(name, _value(name, found[name]), environment=tag) for name in sorted(found)]


def _value(name: str, value: Any) -> Any:
    return plain(value, f"The value {name!r}")
