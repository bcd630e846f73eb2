"""Every error this package raises, in one tree.

::

    TwilioNBError
    ├── ConfigurationError        something must be set up first
    │   ├── RuleNotFound          no rule of this name
    │   ├── SecretNotFound        no value for a secret's name
    │   ├── ServiceAlreadyExists  something else has this service's name
    │   ├── ServiceNotFound       no service of this name
    │   ├── ValueNotFound         no value of this name
    │   └── WebhookNotFound       no webhook of this name
    ├── InvalidAddress            not a number, sender or channel address
    ├── InvalidMessage            a webhook's form that is no message
    ├── RuleDenied                a service rule refused a send, or a webhook's condition a text
    ├── SignatureError            a webhook that Twilio did not sign
    │   └── SecretRefused         a webhook whose address lacks its secret
    ├── HandlerError              a handler that cannot be defined or run
    │   ├── FunctionNotFound      no function of this name
    │   └── HandlerTimeout        a handler that did not end
    ├── GatewayError              Twilio refused or could not be reached
    └── StorageError              MongoDB refused
        └── StoreUnavailable      MongoDB could not be reached

Every message says what was found, what was expected and what to do next. None holds a secret or
the body of a text. Magics print them in one line; the Python API raises them.

Code that was written for App Services may branch on ``error_code``: that service's name for the same
thing, or where it had none the name of the class.
"""

from typing import ClassVar


class TwilioNBError(Exception):
    """Base of every error of this package.

    Attributes
    ----------
    request_id : str or None
        Under which the log of the service says more: ``service.logs(request_id=error.request_id)``.
    error_code : str
        What App Services called it, such as ``"NoMatchingRuleFound"``.

    Examples
    --------
    >>> try:
    ...     service.send(to="+15558675309", body="Hello")
    ... except twilio_nb.TwilioNBError as error:
    ...     print(error.error_code, error)
    """

    error_code: ClassVar[str] = "InternalServerError"

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self.request_id: str | None = None

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: the message, and the frames of a person's own."""
        from twilio_nb.domain.tracebacks import rendered

        return rendered(self)


class ConfigurationError(TwilioNBError):
    """Something must be set up, or is set up in a way that cannot work."""

    error_code = "InvalidParameter"


class RuleNotFound(ConfigurationError):
    """The service has no rule of this name."""

    error_code = "RuleNotFound"


class SecretNotFound(ConfigurationError):
    """A secret's name has no value in the environment or in the file of secrets."""

    error_code = "SecretNotFound"


class ServiceAlreadyExists(ConfigurationError):
    """Another account, a sandbox or MongoDB has the name that a service was to get."""

    error_code = "ServiceAlreadyExists"


class ServiceNotFound(ConfigurationError):
    """No service of this name is stored."""

    error_code = "ServiceNotFound"


class ValueNotFound(ConfigurationError):
    """No value of this name is stored."""

    error_code = "ValueNotFound"


class WebhookNotFound(ConfigurationError):
    """No webhook of this name was ever defined for the service."""

    error_code = "IncomingWebhookNotFound"


class InvalidAddress(TwilioNBError):
    """A recipient or sender that Twilio could not use."""

    error_code = "InvalidParameter"


class InvalidMessage(TwilioNBError):
    """A webhook's form that lacks what makes it a message, such as its MessageSid."""

    error_code = "InvalidParameter"


class RuleDenied(TwilioNBError):
    """No service rule allows this action, or the condition of a webhook does not hold for this text."""

    error_code = "NoMatchingRuleFound"


class SignatureError(TwilioNBError):
    """A webhook without a valid ``X-Twilio-Signature``."""

    error_code = "IncomingWebhookAuthFailed"


class SecretRefused(SignatureError):
    """A webhook whose address does not hold the secret that it must hold, and nothing but Twilio's signature."""


class HandlerError(TwilioNBError):
    """A handler that cannot be defined, found or run."""

    error_code = "FunctionExecutionError"


class FunctionNotFound(HandlerError):
    """No function of this name was defined in this kernel with ``@twilio_nb.function``."""

    error_code = "FunctionNotFound"


class HandlerTimeout(HandlerError):
    """A handler that had not ended after a long time, and was given up."""

    error_code = "ExecutionTimeLimitExceeded"


class GatewayError(TwilioNBError):
    """Twilio refused a request, or its answer never came.

    Attributes
    ----------
    status : int or None
        HTTP status; None when no answer came.
    code : int or None
        Twilio's error code, see https://www.twilio.com/docs/api/errors.
    more_info : str or None
        Address of Twilio's page about the code.
    unknown : bool
        True when a message may or may not have been created: the request left us, no verdict came back.
        Sending again could then text the same person twice.
    """

    error_code = "TwilioError"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: int | None = None,
        more_info: str | None = None,
        unknown: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.more_info = more_info
        self.unknown = unknown


class StorageError(TwilioNBError):
    """MongoDB refused an operation.

    Attributes
    ----------
    code : int or None
        MongoDB's error code, see https://www.mongodb.com/docs/manual/reference/error-codes/; None when it was not
        MongoDB that said so.
    """

    error_code = "MongoDBError"

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class StoreUnavailable(StorageError):
    """MongoDB could not be reached, or did not answer in time."""


def code_of(kind: str) -> str:
    """Return the ``error_code`` of an error of which only the class's name is known, as in a log.

    Parameters
    ----------
    kind : str
        Name of a class, of this module or any other.

    Returns
    -------
    str
        What is none of this package was raised by a handler.

    Examples
    --------
    >>> code_of("RuleDenied"), code_of("KeyError")
    ('NoMatchingRuleFound', 'FunctionExecutionError')
    """
    own = _own(kind)
    return HandlerError.error_code if own is None else own.error_code


def is_own(kind: str) -> bool:
    """Tell whether an error of which only the class's name is known is of this package.

    Parameters
    ----------
    kind : str
        Name of a class.

    Returns
    -------
    bool
        Then its message is a sentence that says all.

    Examples
    --------
    >>> is_own("RuleDenied"), is_own("KeyError")
    (True, False)
    """
    return _own(kind) is not None


def _own(kind: str) -> type[TwilioNBError] | None:
    found = globals().get(kind)
    return found if isinstance(found, type) and issubclass(found, TwilioNBError) else None
