"""``context.values`` and ``context.environment``."""

from collections.abc import Iterator
from typing import Any

from twilio_nb.errors import ValueNotFound
from twilio_nb.receiving.scope import scope


class Values:
    """The values by name; each is read from MongoDB when it is asked for.

    Examples
    --------
    >>> context.values.get("ourNumber")
    '+15558675310'
    >>> context.values.get("apiKey")
    Secret('********')
    """

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value.

        Parameters
        ----------
        name : str
            Its name.
        default : object
            What to return where there is none of this name.

        Returns
        -------
        object
            As it was stored. What comes from a secret is a ``Secret``, which prints as asterisks, and whose
            ``reveal()`` is the text.

        Raises
        ------
        SecretNotFound
            If it comes from a secret that has no value.
        StoreUnavailable
            If MongoDB is away.
        """
        try:
            return self[name]
        except ValueNotFound:
            return default

    def __getitem__(self, name: str) -> Any:
        """Return a value as `get` does.

        Raises
        ------
        ValueNotFound
            If there is none of this name.
        """
        from twilio_nb.storage.secrets import Secret
        from twilio_nb.storage.values import find_value  # %load_ext passes here, and the driver is heavy

        try:
            found = find_value(name)
        except KeyError:
            message = f"There is no value {name!r}; set it with twilio_nb.values.set({name!r}, …)."
            raise ValueNotFound(message) from None
        current = scope.get(None)
        if current is not None and isinstance(found, Secret) and found not in current.secrets:
            current.secrets.append(found)
        return found

    def __contains__(self, name: object) -> bool:
        return name in list(self)

    def __iter__(self) -> Iterator[str]:
        from twilio_nb.storage.values import value_names

        return iter(value_names())

    def __repr__(self) -> str:
        return "<values; twilio_nb.values shows them>"


class Environment:
    """The environment that the notebook runs in, named by the variable ``TWILIO_NB_ENVIRONMENT``."""

    @property
    def tag(self) -> str:
        """Its name: development, testing, qa, production, or empty.

        Raises
        ------
        ConfigurationError
            If the variable holds anything else.
        """
        from twilio_nb.storage.values import environment_tag

        return environment_tag()

    @property
    def values(self) -> dict[str, Any]:
        """Its values by name, as they are stored at this moment."""
        from twilio_nb.storage.values import environment_values

        return environment_values()

    def __repr__(self) -> str:
        return f"<environment {self.tag!r}>"
