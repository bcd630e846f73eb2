"""Every error this package raises, in one tree.

::

    TwilioNBError
    ├── ConfigurationError        something must be set up first
    │   ├── SecretNotFound        no value for a secret's name
    │   ├── ServiceNotFound       no service of this name
    │   ├── ValueNotFound         no value of this name
    │   └── WebhookNotFound       no webhook of this name
    ├── InvalidAddress            not a number, sender or channel address
    ├── InvalidMessage            a webhook's form that is no message
    ├── RuleDenied                a service rule refused a send
    ├── SignatureError            a webhook that Twilio did not sign
    ├── HandlerError              a handler that cannot be defined or run
    │   └── FunctionNotFound      no function of this name
    ├── GatewayError              Twilio refused or could not be reached
    └── StorageError              MongoDB refused
        └── StoreUnavailable      MongoDB could not be reached

Every message says what was found, what was expected and what to do next. None holds a secret or
the body of a text. Magics print them in one line; the Python API raises them.
"""


class TwilioNBError(Exception):
    """Base of every error of this package.

    Attributes
    ----------
    request_id : str or None
        Under which the log of the service says more: ``service.logs(request_id=error.request_id)``.

    Examples
    --------
    >>> try:
    ...     service.send(to="+15558675309", body="Hello")
    ... except twilio_nb.TwilioNBError as error:
    ...     print(error)
    """

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self.request_id: str | None = None

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: the message, and the frames of a person's own."""
        from twilio_nb.domain.tracebacks import rendered

        return rendered(self)


class ConfigurationError(TwilioNBError):
    """Something must be set up, or is set up in a way that cannot work."""


class SecretNotFound(ConfigurationError):
    """A secret's name has no value in the environment or in the file of secrets."""


class ServiceNotFound(ConfigurationError):
    """No service of this name is stored."""


class ValueNotFound(ConfigurationError):
    """No value of this name is stored."""


class WebhookNotFound(ConfigurationError):
    """No webhook of this name was ever defined for the service."""


class InvalidAddress(TwilioNBError):
    """A recipient or sender that Twilio could not use."""


class InvalidMessage(TwilioNBError):
    """A webhook's form that lacks what makes it a message, such as its MessageSid."""


class RuleDenied(TwilioNBError):
    """No service rule allows this action."""


class SignatureError(TwilioNBError):
    """A webhook without a valid ``X-Twilio-Signature``."""


class HandlerError(TwilioNBError):
    """A handler that cannot be defined, found or run."""


class FunctionNotFound(HandlerError):
    """No function of this name was defined in this kernel with ``@twilio_nb.function``."""


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
    """MongoDB refused an operation."""


class StoreUnavailable(StorageError):
    """MongoDB could not be reached, or did not answer in time."""
