"""The table of a service's webhooks: who answers, under what condition, how that goes."""

from collections.abc import Callable
from dataclasses import asdict

from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.domain.messages import HandlingState
from twilio_nb.domain.paths import INBOX
from twilio_nb.notebook.display import Table
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.host import Host
from twilio_nb.storage.database import Database
from twilio_nb.storage.logs import Figures, LogBook
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.registry import Registry

_FAILED = (HandlingState.FAILED, HandlingState.INTERRUPTED)
_SHOWN = ("webhook", "handler", "can_evaluate", "run_as", "state", "waiting", "failed", "refused", "address")
_SHOWN_WITH = {"can_evaluate": "can_evaluate", "refused": "can_evaluate", "run_as": "run_as"}


def webhook_table(
    service: str, database: Database, address: Callable[[str, str | None], str | None]
) -> Table:
    """Make the table that :meth:`twilio_nb.answering.Answering.webhooks` describes.

    Parameters
    ----------
    service : str
        Name of the service.
    database : Database
        Where it is stored.
    address : callable
        Returns the address of a webhook that asks for a secret, or for None; None where it is not known.

    Returns
    -------
    Table
        A row for each webhook.
    """
    host = Host.running()
    here = {one.name: one for one in host.handlers() if one.service == service} if host else {}
    stored = {one.name: one for one in Registry(database).webhooks(service)}
    counted = MessageLog(database).counts([service], [HandlingState.PENDING, HandlingState.REFUSED, *_FAILED])
    figures = LogBook(database).figures([service])
    rows = []
    for name in [INBOX, *sorted(stored.keys() | here.keys())]:
        handler = here.get(name)
        definition = handler.definition if handler else stored.get(name)
        called = figures.get((service, name), Figures())
        asking = stored.get(
            name, definition
        )  # as the receiver goes by; the secret may have got another name elsewhere
        secret = asking.secret if asking else None
        texts = {state: counted.get((service, name, state), 0) for state in HandlingState}
        rows.append(
            {
                "webhook": name,
                "handler": f"{handler.function_name}()" if handler else "",
                "can_evaluate": _condition(definition),
                "run_as": (definition and definition.run_as_user_id) or "",
                "respond_result": definition is not None and definition.respond_result,
                "state": _state(stored.get(name), handler),
                "waiting": texts[HandlingState.PENDING],
                "failed": sum(texts[state] for state in _FAILED),
                "refused": texts[HandlingState.REFUSED],
                "address": address(name, secret) or "",
                "secret": secret or "",
                **asdict(called),
            }
        )
    idle = [name for name, what in _SHOWN_WITH.items() if not any(row[what] for row in rows)]
    return Table(rows, columns=[name for name in _SHOWN if name not in idle])


def _condition(definition: WebhookDefinition | None) -> str:
    """Return the condition on a webhook's texts, in words; empty where every text is handled."""
    if definition is None or not definition.is_conditional:
        return ""
    from twilio_nb.domain.expressions import written

    return written(definition.can_evaluate)


def _state(stored: WebhookDefinition | None, handler: Handler | None) -> str:
    """Say who answers a webhook, as far as this kernel knows; the inbox is stored nowhere."""
    if stored is not None and not stored.enabled:
        return "paused"
    if handler is not None:
        return f"answered by {handler.overtaken_by}" if handler.overtaken_by else "live"
    return "stores only" if stored is None else "not live in this kernel"
