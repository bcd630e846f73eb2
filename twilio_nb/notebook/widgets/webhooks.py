"""The panel of the webhooks: who answers, how that goes, and buttons to pause, run again, try and remove."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from twilio_nb.domain.entries import hidden, in_words, leading
from twilio_nb.domain.markup import plain
from twilio_nb.domain.messages import HandlingState
from twilio_nb.errors import ConfigurationError, HandlerError
from twilio_nb.notebook.current import Service, services
from twilio_nb.notebook.display import Table
from twilio_nb.notebook.widgets.view import asked_slowly, source
from twilio_nb.notebook.widgets.watching import Watching, now
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.host import Host
from twilio_nb.receiving.trial import trial

_STATES = {
    "pending": (HandlingState.PENDING,),
    "failed": (HandlingState.FAILED, HandlingState.INTERRUPTED),
}
_PATIENCE = 60.0  # seconds for a handler that is tried
_MOST_MEDIA = 10


class Webhooks(Watching):
    """What ``%twilio_webhooks`` shows: a card for each webhook of some services.

    As data it is their table: ``rows``, its length and its items are those of now, and
    ``pandas.DataFrame(panel.rows)`` makes a frame of them. Where there are no widgets the table is shown. The
    figures on the page move by themselves as long as a page is open; a service that is closed leaves the panel.

    Parameters
    ----------
    chosen : sequence of Service
        Whose webhooks.

    Raises
    ------
    StorageError
        If MongoDB refused, or was away.
    """

    _shows = "webhooks"
    _css = source("bubbles.css", "webhooks.css")
    _esm = source("clipboard.js", "question.js", "trial.js", "webhooks.js")

    def __init__(self, chosen: Sequence[Service]) -> None:
        self._services = {service.name: service for service in chosen}
        self._table = self._read()
        super().__init__()
        self._leaving = [services.on_close(service, self._left) for service in chosen]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A dict for each webhook, as `Service.webhooks` lists them, with the name of its ``service``."""
        if self._services:
            self._table = self._read()
        return self._table.rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.rows[index]

    def close(self) -> None:
        """Take it off the page, and end its thread."""
        super().close()
        for forget in self._leaving:
            forget()

    @asked_slowly
    def pause(self, service: str, webhook: str) -> dict[str, Any]:
        """Have a webhook's texts wait."""
        self._service(service).pause(webhook)
        return self._seen()

    @asked_slowly
    def resume(self, service: str, webhook: str) -> dict[str, Any]:
        """Have a webhook's texts answered again."""
        self._service(service).resume(webhook)
        return self._seen()

    @asked_slowly
    def remove(self, service: str, webhook: str) -> dict[str, Any]:
        """Forget a webhook."""
        self._service(service).remove_webhook(webhook)
        return self._seen()

    @asked_slowly
    def replay(self, service: str, webhook: str, what: str) -> dict[str, Any]:
        """Run a webhook's handler on the texts that wait, or on those that failed; return what came of them."""
        table = self._service(service).replay(webhook, states=[state.value for state in _STATES[what]])
        answered = sum(row["error"] is None for row in table)
        errors = [plain(in_words(row["error"])) for row in table if row["error"] is not None]
        return {
            "ran": len(table),
            "answered": answered,
            "replies": sum(row["replies"] for row in table),
            "error": None,
            "wrong": errors[-1] if errors else None,
            **self._seen(),
        }

    @asked_slowly
    def attempt(
        self, service: str, webhook: str, sender: str, to: str, body: str, media: int = 0
    ) -> dict[str, Any]:
        """Run a webhook's handler on a made-up text; nothing is stored or sent but by the handler itself."""
        handler = self._handler(service, webhook)
        fields = {"Body": body, "NumMedia": str(_media(media))}
        fields |= {name: value.strip() for name, value in (("From", sender), ("To", to)) if value.strip()}
        for n in range(_media(media)):
            fields |= {
                f"MediaUrl{n}": f"https://example.org/picture-{n}.jpg",
                f"MediaContentType{n}": "image/jpeg",
            }
        result = trial(handler, fields, handler.cell, patience=_PATIENCE)
        return {
            "replies": [plain(" ".join([reply.body, *reply.media])) for reply in result.replies],
            "status": result.status_code,
            "warnings": [plain(warning) for warning in result.warnings],
            "wrong": result.error and plain(in_words(result.error)),
            "note": result.note,
            "took": result.duration,
        }

    def _read(self) -> Table:
        rows: list[dict[str, Any]] = []
        shown = {"service"}
        for service in list(self._services.values()):
            table = service.webhooks()
            rows += [{"service": service.name, **row} for row in table]
            shown.update(table.columns)
        return Table(rows, columns=[name for name in (rows[0] if rows else ()) if name in shown])

    def _seen(self) -> dict[str, Any]:
        """Return what a page shows, as JSON holds it."""
        time = now()
        host = Host.running()
        here = {(one.service, one.name): one for one in host.handlers()} if host else {}
        cards = []
        for row in self.rows:
            handler = here.get((row["service"], row["webhook"]))
            cards.append(
                {
                    **{key: plain(value) if isinstance(value, str) else value for key, value in row.items()},
                    "error": _error(row["error"], row["error_request"]),
                    "hidden": hidden(row["error"]),
                    "error_time": row["error_time"] and row["error_time"].isoformat(),
                    "here": handler is not None,
                    "replies": handler is not None and handler.respond_result,
                }
            )
        return {"cards": cards, "time": time}

    def _left(self, service: Service) -> None:
        """Leave out a service that is being closed; without any the panel is closed."""
        if self._services.get(service.name) is service:
            del self._services[service.name]
        if self._services:
            self.look_now()
        else:
            self.close()

    def _service(self, name: str) -> Service:
        service = self._services.get(name)
        if service is None:
            message = f"The service {name!r} was closed; open it again, then run this cell."
            raise ConfigurationError(message)
        return service

    def _handler(self, service: str, webhook: str) -> Handler:
        self._service(service)
        host = Host.running()
        for handler in host.handlers() if host else []:
            if (handler.service, handler.name) == (service, webhook):
                return handler
        message = f"The handler of {webhook!r} does not live in this kernel: run the cell that defines it."
        raise HandlerError(message)


def _error(error: str | None, request_id: str | None) -> str | None:
    if not error:
        return error
    said = in_words(error)
    return plain(leading(said, request_id) if request_id else said)


def _media(count: int) -> int:
    return max(0, min(_MOST_MEDIA, int(count)))
