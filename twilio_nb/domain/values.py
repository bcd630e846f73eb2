"""Values that handlers and rules ask for by name, and the environments that some of them belong to.

The retired service kept each in a file, in Extended JSON. Names that come from there are taken as they are;
those made here are checked as it checked them.
"""

from dataclasses import dataclass
from typing import Any, Self

import bson

from twilio_nb.domain.definitions import Stored
from twilio_nb.domain.paths import AUTH_TOKEN, check_name, check_secret_name
from twilio_nb.errors import ConfigurationError

ENVIRONMENTS = ("", "development", "testing", "qa", "production")
"""The tags that an environment may have; the first is that of no environment."""


@dataclass(frozen=True)
class ValueDefinition(Stored):
    """A value under a name: for all services, or for one environment.

    Attributes
    ----------
    name : str
        What it is asked for by.
    value : object
        Anything that MongoDB can store; or the name of a secret.
    from_secret : bool
        Whether it is what a secret holds.
    environment : str or None
        Tag of the environment it belongs to; None for all.

    Examples
    --------
    >>> ValueDefinition("staff", ["+15558675309"]).key
    'staff'
    """

    name: str
    value: Any = None
    from_secret: bool = False
    environment: str | None = None

    def __post_init__(self) -> None:
        name: object = self.name
        if not isinstance(name, str):
            message = f"A value's name is a text, not of type {type(name).__name__}."
            raise ConfigurationError(message)
        if self.from_secret and not isinstance(self.value, str):
            message = (
                f"The value {self.name!r} comes from a secret, so it needs the secret's name as a text, "
                f"not a value of type {type(self.value).__name__}."
            )
            raise ConfigurationError(message)
        if self.from_secret and AUTH_TOKEN.fullmatch(self.value):
            message = (
                f"The value {self.name!r} names a secret that looks like an auth token itself. Keep the token "
                "with twilio_nb.secrets.set(name), and give the name."
            )
            raise ConfigurationError(message)

    @property
    def key(self) -> str:
        """The value's name, behind its environment's where it belongs to one."""
        return self.name if self.environment is None else f"{self.environment}/{self.name}"

    def checked(self) -> Self:
        """Return it, if it may be made here.

        Raises
        ------
        ConfigurationError
            If the retired service would have refused its name, there is no such environment, or MongoDB
            cannot store it; it is not quoted.
        """
        check_value_name(self.name)
        if self.environment is not None:
            check_environment(self.environment)
            if self.from_secret:
                message = (
                    f"{self.name!r} cannot come from a secret in one environment only; leave environment out."
                )
                raise ConfigurationError(message)
        if self.from_secret:
            check_secret_name(self.value)
        try:
            bson.encode({"value": self.value})
        except (bson.errors.BSONError, TypeError, ValueError, OverflowError, RecursionError):
            message = (
                f"The value {self.name!r} cannot be stored: MongoDB keeps texts, numbers, truths, times, "
                f"lists and documents of them, and this is, or holds, something else "
                f"(it is of type {type(self.value).__name__})."
            )
            raise ConfigurationError(message) from None
        return self


def check_value_name(name: str) -> str:
    """Return a value's name unchanged, if the retired service would have taken it.

    Parameters
    ----------
    name : str
        1 to 64 ASCII letters, digits, ``_`` or ``-``, the first a letter or a digit.

    Returns
    -------
    str
        The same name.

    Raises
    ------
    ConfigurationError
        If it is anything else.

    Examples
    --------
    >>> check_value_name("ourNumber")
    'ourNumber'
    """
    if check_name(name, "value")[0] in "_-":
        message = f"{name!r} cannot name a value: it begins with {name[0]!r}; begin with a letter or a digit."
        raise ConfigurationError(message)
    return name


def check_environment(tag: str) -> str:
    """Return an environment's tag unchanged, if there is such an environment.

    Raises
    ------
    ConfigurationError
        If there is none.

    Examples
    --------
    >>> check_environment("qa")
    'qa'
    """
    if tag not in ENVIRONMENTS:
        message = f"There is no environment {tag!r}; there are {', '.join(map(repr, ENVIRONMENTS))}."
        raise ConfigurationError(message)
    return tag
