"""A webhook's handler as a person holds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twilio_nb.domain.expressions import written
from twilio_nb.domain.markup import Markup, Shown, aside, frame, tag
from twilio_nb.domain.paths import check_name
from twilio_nb.domain.placeholders import told_name
from twilio_nb.errors import ConfigurationError, ServiceNotFound
from twilio_nb.notebook.current import services
from twilio_nb.receiving.context import Services as ServicesInHandlers
from twilio_nb.receiving.handlers import Handler

if TYPE_CHECKING:
    from twilio_nb.answering import Answering
    from twilio_nb.receiving.trial import TestResult


def webhook(
    name: str, *, service: str | None = None, **options: Any
) -> Callable[[Callable[..., Any]], Webhook]:
    """Make the decorated function the handler of a webhook; the same as ``%%twilio_webhook``.

    Parameters
    ----------
    name : str
        Name of the webhook, the last part of its address.
    service : str, optional
        Name of the service; by default the one connected last.
    **options
        ``respond_result``, ``can_evaluate``, ``on_error``, ``disable_arg_logs``, ``concurrency``, ``timeout``,
        ``run_as``, ``secret``; see :meth:`twilio_nb.service.Service.define`.

    Returns
    -------
    callable
        A decorator that gives back a :class:`Webhook`, callable like the function.

    Raises
    ------
    ConfigurationError
        If the name is left out or cannot be one, or `service` is not a name.
    """
    _check_names(name, service)

    def decorate(function: Callable[..., Any]) -> Webhook:
        handle: Webhook = services.get(service).define(function, name, **options)
        return handle

    return decorate


def _check_names(name: object, service: object) -> None:
    if not isinstance(name, str):
        message = "A webhook needs a name, the last part of its address: @twilio_nb.webhook('NAME')."
        raise ConfigurationError(message)
    check_name(name, "webhook")
    if service is not None and not isinstance(service, str):
        message = (
            "service takes the name of a service, such as service='myTwilio'; of a service that is at hand, "
            "@service.webhook('NAME') does the same."
        )
        raise ConfigurationError(message)


class Webhook(Shown):
    """A function that answers texts; made by ``%%twilio_webhook`` or :func:`webhook`.

    Attributes
    ----------
    name : str
        Name of the webhook.
    service : Service
        The service it belongs to.
    """

    def __init__(self, service: Answering, handler: Handler) -> None:
        self.service = service
        self._handler = handler

    @property
    def name(self) -> str:
        """Name of the webhook."""
        return self._handler.name

    @property
    def address(self) -> str | None:
        """The address to configure at Twilio; None while it is not known what the world sees.

        Of a secret that it must hold it has the name, ``?secret=<NAME>``.
        """
        return self.service._address_of(self.name, self._handler.definition.secret)

    def __call__(self, *arguments: Any) -> Any:
        """Call the function itself."""
        return self._handler.function(*arguments)

    def test(self, **fields: str) -> TestResult:
        """Run the handler by hand on a made-up text; nothing is stored and nothing sent.

        Parameters
        ----------
        **fields
            Fields of the text as Twilio names them, such as ``Body="hi"`` or ``From="+15558675309"``.

        Returns
        -------
        TestResult
            What it would reply, its warnings, error and duration; prints appear in this cell.
        """
        return self._handler.test(**fields)

    def _sentences(self) -> list[str]:
        from twilio_nb.receiving.host import Host

        definition = self._handler.definition
        host = Host.running()
        if host is None or self._handler not in host.handlers():
            named = self._handler.function_name
            return [
                f"{definition.key} is no longer answered by this {named}(). Run its cell again, and it is."
            ]
        which = f" where {written(definition.can_evaluate)} holds" if definition.is_conditional else ""
        answered = f"{definition.key} is answered by {self._handler.function_name}(){which}."
        if (run_as := self._handler.run_as) is not None:
            whom = repr(run_as) if isinstance(run_as, str) else f"the user that {told_name(run_as)} names"
            answered += f" It runs as {whom}."
        unknown = "Twilio cannot reach it yet: its public address is not known, see %twilio_config."
        if not (address := self.address):
            return [answered, unknown]
        return [answered, address, *(self.service._said_of(definition.secret) if definition.secret else [])]

    def _text(self) -> str:
        return "\n".join(self._sentences())

    def _html(self) -> Markup:
        answered, *more = self._sentences()
        return frame(tag("div", answered), *map(aside, more))


def _connected(name: str) -> Any:
    """Return the Twilio service that a handler asks its context for; None where there is none, as ever."""
    try:
        check_name(name, "service")
    except ConfigurationError:
        return None
    try:
        return services.get(name)
    except ServiceNotFound:
        return None


ServicesInHandlers.twilio = staticmethod(_connected)
