"""What a person sets up: services, webhooks and rules, and how each is stored.

Pure values, checked when they are made. Where they are kept is the registry's matter.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from twilio_nb.domain.paths import base_url, check_name, check_secret_name
from twilio_nb.domain.placeholders import storable
from twilio_nb.domain.sids import check_account_sid, check_api_key
from twilio_nb.errors import ConfigurationError

#: Seconds for which Twilio waits for an answer, its own repetitions included.
TWILIO_PATIENCE = 15.0

#: What Twilio may be told when a handler failed.
ON_ERROR = (200, 500)


class Stored:
    """A definition as MongoDB keeps it: one document, its ``_id`` the key, its fields those of the class."""

    @property
    def key(self) -> str:
        """What identifies the definition among all of its kind."""
        raise NotImplementedError

    def to_document(self) -> dict[str, Any]:
        """Return the definition as MongoDB keeps it.

        Returns
        -------
        dict
            A document whose ``_id`` is the key.
        """
        return {"_id": self.key, **asdict(self)}  # type: ignore[call-overload]  # every subclass is a dataclass

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read a definition as MongoDB keeps it; keys it does not know are ignored.

        Parameters
        ----------
        document : Mapping
            What `to_document` returned, or a part that holds at least the names.

        Returns
        -------
        Self
            The same definition.

        Raises
        ------
        ConfigurationError
            If a value cannot be that of such a definition.
        """
        known = {field.name for field in fields(cls)}  # type: ignore[arg-type]
        try:
            return cls(**{name: value for name, value in document.items() if name in known})
        except (TypeError, ValueError, AttributeError) as error:
            message = f"The document {document.get('_id')!r} is no {cls.__name__}: {error}. Save it again."
            raise ConfigurationError(message) from error


@dataclass(frozen=True)
class ServiceDefinition(Stored):
    """A Twilio account under a name of one's own.

    Attributes
    ----------
    name : str
        What notebooks call it.
    account_sid : str
        The account, ``AC`` and 32 hexadecimal digits.
    secret : str
        Name of the secret that holds the auth token, or the API key's secret; the service's own name
        unless given.
    sender : str or None
        Number, short code, name or Messaging Service that texts come from by default.
    api_url : str or None
        Where Twilio's REST interface is, when it is not Twilio's own.
    public_url : str or None
        The base address under which Twilio reaches this Jupyter, ending in ``/``.
    sandbox : bool
        Whether the account is a simulated one on this machine.
    api_key : str or None
        SID of the API key that requests are made with instead of the account's auth token. Such a service
        sends only.

    Examples
    --------
    >>> ServiceDefinition("hotline", "AC" + "0" * 32).secret
    'hotline'
    """

    name: str
    account_sid: str
    secret: str = ""
    sender: str | None = None
    api_url: str | None = None
    public_url: str | None = None
    sandbox: bool = False
    api_key: str | None = None

    def __post_init__(self) -> None:
        check_name(self.name, "service")
        object.__setattr__(self, "secret", check_secret_name(self.secret or self.name))
        check_account_sid(self.account_sid, self.name)
        object.__setattr__(
            self, "api_key", check_api_key(self.api_key, self.secret) if self.api_key else None
        )
        if self.public_url is not None:
            object.__setattr__(self, "public_url", base_url(self.public_url))

    @property
    def key(self) -> str:
        """The service's name."""
        return self.name

    @property
    def sends_only(self) -> str | None:
        """Why the service cannot receive, in a sentence; None if it can."""
        if self.api_key is None:
            return None
        return (
            f"{self.name!r} uses an API key, whose secret verifies no signature of Twilio's, so it sends only; to "
            f"receive, keep the auth token with twilio_nb.secrets.set({self.secret!r}) and call "
            f"twilio_nb.connect({self.name!r}, api_key='')."
        )


@dataclass(frozen=True)
class WebhookDefinition(Stored):
    """An address for incoming texts, and how the function behind it is run.

    Attributes
    ----------
    service, name : str
        The service it belongs to, and its own name.
    respond_result : bool
        Whether the function's response is texted back.
    enabled : bool
        Whether its texts are handed to a function at all; they are stored in any case.
    concurrency : int
        How many texts the function may work on at the same time.
    timeout : float
        Seconds after a text's arrival at which Twilio is answered, with or without a reply.
    can_evaluate : object
        A condition on each text, in the retired service's expression language or a Python function; empty or true
        always holds. The function is not called with a text for which it does not hold.
    on_error : int
        HTTP status that Twilio is answered when the function failed: 200, or 500, after which Twilio asks the
        number's fallback address.
    disable_arg_logs : bool
        Whether the texter's words and numbers are left out of the log.
    run_as_user_id : str or None
        The user of MongoDB that the function runs as; None for the system. ``name()`` for one that a Python function
        names: no user is called that.
    secret : str or None
        Name of the secret that its address must hold, ``?secret=<value>``; None where Twilio's signature is enough.

    Examples
    --------
    >>> WebhookDefinition("hotline", "saveText").to_document()["_id"]
    'hotline/saveText'
    """

    service: str
    name: str
    respond_result: bool = False
    enabled: bool = True
    concurrency: int = 1
    timeout: float = 10.0
    can_evaluate: Any = field(default_factory=dict)
    on_error: int = 200
    disable_arg_logs: bool = True
    run_as_user_id: str | None = None
    secret: str | None = None

    def __post_init__(self) -> None:
        check_name(self.service, "service")
        check_name(self.name, "webhook")
        if self.secret is not None:
            check_secret_name(self.secret)
        if self.can_evaluate is None:
            object.__setattr__(self, "can_evaluate", {})
        if self.on_error not in ON_ERROR:
            message = (
                f"Twilio cannot be answered {self.on_error!r} when {self.name!r} fails; use 200, or 500 to have it ask "
                "the number's fallback address."
            )
            raise ConfigurationError(message)
        for option in ("respond_result", "disable_arg_logs"):
            if not isinstance(getattr(self, option), bool):
                message = f"{option} of {self.name!r} is True or False, not {getattr(self, option)!r}."
                raise ConfigurationError(message)
        if not isinstance(self.concurrency, int) or self.concurrency < 1:
            message = f"A concurrency of {self.concurrency!r} would never run {self.name!r}; use 1 or more."
            raise ConfigurationError(message)
        is_number = isinstance(self.timeout, int | float) and math.isfinite(self.timeout)
        if not is_number or not 0 < self.timeout < TWILIO_PATIENCE:
            message = (
                f"A timeout of {self.timeout!r} s cannot be kept: Twilio waits {TWILIO_PATIENCE:.0f} s in all. "
                "Use more than 0 and less than that; a reply that comes later is sent by itself."
            )
            raise ConfigurationError(message)

    @property
    def key(self) -> str:
        """The webhook's name among those of all services, ``service/name``."""
        return f"{self.service}/{self.name}"

    @property
    def is_conditional(self) -> bool:
        """Whether there are texts for which the function is not called."""
        return not (self.can_evaluate is True or self.can_evaluate == {})

    def to_document(self) -> dict[str, Any]:
        """Return the definition as MongoDB keeps it; a condition's Python functions are named, and never hold."""
        return super(WebhookDefinition, replace(self, can_evaluate=storable(self.can_evaluate))).to_document()


@dataclass(frozen=True)
class RuleDefinition(Stored):
    """What a service may be asked to do. Without a rule that allows an action, it is refused.

    Attributes
    ----------
    service, name : str
        The service it binds, and its own name.
    actions : tuple of str
        The actions it allows; none when empty.
    when : object
        A condition in the retired service's expression language; empty or true allows always. Or a Python
        function; such a rule cannot be stored.

    Examples
    --------
    >>> RuleDefinition("hotline", "allow-send").actions
    ('send',)
    """

    service: str
    name: str
    actions: tuple[str, ...] = ("send",)
    when: Any = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_name(self.service, "service")
        check_name(self.name, "rule")
        object.__setattr__(self, "actions", tuple(self.actions))

    @property
    def key(self) -> str:
        """The rule's name among those of all services, ``service/name``."""
        return f"{self.service}/{self.name}"

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read a rule; one without ``actions`` allows nothing, one without ``when`` always holds.

        Parameters
        ----------
        document : Mapping
            The document, with the retired service's own keys.

        Returns
        -------
        RuleDefinition
            The rule.
        """
        return super().from_document({"actions": (), **document})
