"""Webhooks of a service: defining their handlers, listing them, running them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from twilio_nb.domain.markup import Markup, Shown, aside, frame, tag
from twilio_nb.domain.messages import HandlingState
from twilio_nb.domain.paths import INBOX
from twilio_nb.errors import ConfigurationError, HandlerError, ServiceNotFound, WebhookNotFound
from twilio_nb.notebook.current import services
from twilio_nb.receiving.context import Services as ServicesInHandlers
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.host import Host
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.registry import Registry

if TYPE_CHECKING:
    from twilio_nb.receiving.trial import TestResult
    from twilio_nb.service import Service


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
        ``respond_result``, ``concurrency``, ``timeout``; see :func:`define`.

    Returns
    -------
    callable
        A decorator that gives back a :class:`Webhook`, callable like the function.
    """

    def decorate(function: Callable[..., Any]) -> Webhook:
        handle: Webhook = services.get(service).define(function, name, **options)
        return handle

    return decorate


class Webhook(Shown):
    """A function that answers texts; made by ``%%twilio_webhook`` or :func:`webhook`.

    Attributes
    ----------
    name : str
        Name of the webhook.
    service : Service
        The service it belongs to.
    """

    def __init__(self, service: Service, handler: Handler) -> None:
        self.service = service
        self._handler = handler

    @property
    def name(self) -> str:
        """Name of the webhook."""
        return self._handler.name

    @property
    def address(self) -> str | None:
        """The address to configure at Twilio; None while it is not known what the world sees."""
        return self.service.known_address(self.name)

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

    def _sentences(self) -> tuple[str, str]:
        answered = f"{self.service.name}/{self.name} is answered by {self._handler.function_name}()."
        unknown = "Twilio cannot reach it yet: its public address is not known, see %twilio_config."
        return answered, self.address or unknown

    def _text(self) -> str:
        return "\n".join(self._sentences())

    def _html(self) -> Markup:
        answered, where = self._sentences()
        return frame(tag("div", answered), aside(where))


def define(
    service: Service,
    function: Callable[..., Any],
    name: str,
    *,
    respond_result: bool = False,
    concurrency: int = 1,
    timeout: float = 10.0,
) -> Webhook:
    """Store a webhook's definition and put its handler into service, in place of an earlier one.

    Parameters
    ----------
    service : Service
        The service the webhook belongs to.
    function : callable
        ``def`` or ``async def`` of one to three parameters: payload, response, context.
    name : str
        Name of the webhook.
    respond_result : bool
        Text back what the handler answers.
    concurrency : int
        Calls at a time.
    timeout : float
        Seconds after which Twilio gets an empty answer and the reply goes out by REST; below 15.

    Returns
    -------
    Webhook

    Raises
    ------
    ConfigurationError
        If the name is taken by the store-only inbox, or an option is out of its range.
    HandlerError
        If the function cannot take what a handler is given.
    """
    handler = Handler(function, service.name, name, respond_result, concurrency, timeout)
    # First what can fail for want of a secret or a receiver: such a webhook is not defined.
    host = service.receive()
    Registry(service.database).save_webhook(handler.definition)
    service.handlers.append(handler)
    host.register(handler, service.database)
    service.point(name)
    return Webhook(service, handler)


def overview(service: Service) -> list[dict[str, Any]]:
    """List a service's webhooks.

    Parameters
    ----------
    service : Service
        The service.

    Returns
    -------
    list of dict
        A row for each: ``webhook``, ``handler``, ``state``, how many texts are ``waiting`` and how many have
        ``failed``, ``address``.
    """
    host = Host.running()
    live = {one.name: one for one in host.handlers() if one.service == service.name} if host else {}
    log = MessageLog(service.database)
    stored = {one.name: one for one in Registry(service.database).webhooks(service.name)}
    rows = []
    for name in [INBOX, *sorted(set(stored) | set(live))]:
        handler = live.get(name)
        state = "stores only" if name == INBOX else "live" if handler else "not live in this kernel"
        rows.append(
            {
                "webhook": name,
                "handler": f"{handler.function_name}()" if handler else "",
                "state": state,
                "waiting": len(log.waiting(service.name, name, [HandlingState.PENDING])),
                "failed": len(log.waiting(service.name, name, [HandlingState.FAILED])),
                "address": service.known_address(name) or "",
            }
        )
    return rows


def replay(service: Service, name: str, sids: Sequence[str], states: Sequence[str]) -> list[dict[str, Any]]:
    """Run a webhook's live handler on stored texts and send its replies by REST.

    Parameters
    ----------
    service : Service
        The service.
    name : str
        Name of the webhook.
    sids : sequence of str
        The texts; where empty, all in one of `states`.
    states : sequence of str
        Handling states.

    Returns
    -------
    list of dict
        A row for each text: ``sid``, ``state``, ``replies`` (how many), ``error``.

    Raises
    ------
    WebhookNotFound
        If no such webhook was ever defined.
    HandlerError
        If its handler does not live in this kernel.
    ConfigurationError
        If there is no such state.
    """
    if Registry(service.database).webhook(service.name, name) is None:
        message = f"{service.name} has no webhook {name!r}; it has: {_names(service)}."
        raise WebhookNotFound(message)
    host = Host.running()
    if host is None or not any((one.service, one.name) == (service.name, name) for one in host.handlers()):
        message = f"The handler of {name!r} does not live in this kernel: run its cell, then replay."
        raise HandlerError(message)
    known = [state.value for state in HandlingState]
    if unknown := [state for state in states if state not in known]:
        message = f"{unknown[0]!r} is no handling state; there are: {', '.join(known)}."
        raise ConfigurationError(message)
    chosen = list(sids) or MessageLog(service.database).waiting(service.name, name, list(states))
    return host.replay(service.name, name, chosen)


def _names(service: Service) -> str:
    return ", ".join([INBOX, *sorted(one.name for one in Registry(service.database).webhooks(service.name))])


def _connected(name: str) -> Any:
    """Return the Twilio service that a handler asks its context for; None where there is none, as ever."""
    try:
        return services.get(name)
    except ServiceNotFound:
        return None


ServicesInHandlers.twilio = staticmethod(_connected)
