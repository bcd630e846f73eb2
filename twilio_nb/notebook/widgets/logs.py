"""The log, on the page: new entries appear by themselves, the newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from twilio_nb.domain.entries import hidden
from twilio_nb.domain.markup import plain
from twilio_nb.notebook.current import Service, services
from twilio_nb.notebook.log_table import entries, line, table
from twilio_nb.notebook.widgets.view import asked_slowly, source
from twilio_nb.notebook.widgets.watching import Watching, now

_KEY = ("request_id", "source", "started", "completed", "state")
_DETAILS = ("warnings", "printed", "traceback")


class Logs(Watching):
    """What ``%twilio_logs --tail`` shows: the newest 100 entries that are asked for.

    It goes along as long as a page is open, and closes with its service. Where there are no widgets its table is
    shown, as it was first.

    Parameters
    ----------
    service : Service
        Whose log.
    status, since, webhook
        As for `Service.logs`.

    Raises
    ------
    ConfigurationError
        If an argument is not what it should be.
    StorageError
        If MongoDB refused, or was away.
    """

    _shows = "logs"
    _interval = 1.0
    _css = source("logs.css")
    _esm = source("logs.js")

    def __init__(
        self,
        service: Service,
        *,
        status: str | None = None,
        since: datetime | None = None,
        webhook: str | None = None,
    ) -> None:
        self._service = service
        self._asked: dict[str, Any] = {"status": status, "since": since, "webhook": webhook}
        self._table = table(service.logs(**self._asked))
        super().__init__()
        self._forget = services.on_close(service, lambda _: self.close())

    def close(self) -> None:
        """Take it off the page, and end its thread."""
        super().close()
        self._forget()

    @asked_slowly
    def more(self, request: str) -> dict[str, Any]:
        """Return what handlers printed and raised for a request, the first entry first."""
        found = [
            {"label": name, "text": plain(entry[name])}
            for entry in reversed(entries(self._service.logs(request_id=request, limit=None)))
            for name in _DETAILS
            if entry[name]
        ]
        if why := hidden(" ".join(one["text"] for one in found)):
            found.append({"label": "…", "text": why})
        return {"details": found}

    def _seen(self) -> dict[str, Any]:
        """Return what a page shows, as JSON holds it."""
        time, rows = now(), []
        for entry in entries(self._service.logs(**self._asked)):
            shown = line(entry)
            rows.append(
                {
                    **{name: plain(value) for name, value in shown.items() if name != "time"},
                    "time": shown["time"] and shown["time"].isoformat(),
                    "key": " ".join(str(entry[name]) for name in _KEY),
                    "bad": entry["status"] == "Error",
                    "more": any(entry[name] for name in _DETAILS),
                }
            )
        return {"entries": rows, "service": self._service.name, "time": time}
