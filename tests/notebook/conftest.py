"""A fresh shell with the magics, and a service that remembers what it was asked."""

# mypy: disable-error-code="no-untyped-call"
# IPython's shell is untyped.

import atexit
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import twilio_nb
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.notebook.current import services
from twilio_nb.notebook.display import Finding, Message, Table
from twilio_nb.storage.log_frames import log_frame

SID = "SM" + "b" * 32
TO = "+15558675309"

Run = Callable[[str], Any]


class RecordingService:
    """What a magic asks of a service, written down; nothing leaves."""

    def __init__(self, name: str = "myTwilio") -> None:
        self.definition = ServiceDefinition(name, "AC" + "a" * 32, sender="+15005550006")
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.functions: dict[str, Callable[..., Any]] = {}
        self.fails_with: Exception | None = None

    @property
    def name(self) -> str:
        return self.definition.name

    def _note(self, verb: str, **arguments: Any) -> None:
        if self.fails_with is not None:
            raise self.fails_with
        self.asked.append((verb, {key: value for key, value in arguments.items() if value is not None}))

    def send(
        self,
        to: str,
        body: str | None = None,
        from_: str | None = None,
        media_url: str | Sequence[str] | None = None,
        *,
        once: str | None = None,
    ) -> Message:
        self._note("send", to=to, body=body, from_=from_, media_url=media_url, once=once)
        return Message(
            {"_id": SID, "to": to, "from": from_, "body": body, "status": "queued", "num_segments": 1}
        )

    def checked(
        self,
        to: str,
        body: str | None = None,
        from_: str | None = None,
        media_url: str | Sequence[str] | None = None,
    ) -> dict[str, Any]:
        self._note("checked", to=to, body=body)
        return {
            "to": to,
            "from": from_ or self.definition.sender,
            "body": body or "",
            "mediaUrl": media_url or [],
        }

    def texts(self, **filters: Any) -> Any:
        self._note("texts", **filters)
        return pd.DataFrame({"error_code": pd.Series([], dtype="int64[pyarrow]")})

    def logs(self, **filters: Any) -> Any:
        self._note("logs", **filters)
        return log_frame([])

    def define(self, function: Callable[..., Any], name: str, **options: Any) -> str:
        self._note("define", name=name, **options)
        self.functions[name] = function
        return f"handle of {name}"

    def webhooks(self) -> Table:
        self._note("webhooks")
        return Table([{"webhook": "inbox", "state": "stores only"}])

    def pause(self, name: str) -> None:
        self._note("pause", name=name)

    def resume(self, name: str) -> None:
        self._note("resume", name=name)

    def remove_webhook(self, name: str) -> None:
        self._note("remove_webhook", name=name)

    def replay(self, name: str, *, states: Sequence[str] = (), sids: Sequence[str] = ()) -> Table:
        self._note("replay", name=name, states=list(states), sids=list(sids))
        return Table([])

    def check(self) -> list[Finding]:
        self._note("check")
        return [Finding("warning", "No sender is set.")]

    def config(self) -> None:
        self._note("config")

    def uses(self, secret: str) -> bool:
        return False

    def renew(self) -> None:
        self._note("renew")


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """A shell of its own, without history, with the extension loaded and no service open."""
    config = Config()
    config.HistoryManager.enabled = False
    fresh = InteractiveShell(config=config)
    fresh.colors = "nocolor"
    before = services.opener
    try:
        twilio_nb.load_ipython_extension(fresh)
        services.opener = None
        yield fresh
    finally:
        services.opener = before
        for service in services.all():
            services.discard(service)
        services._closed = None
        fresh.atexit_operations()
        atexit.unregister(fresh.atexit_operations)


@pytest.fixture
def service(shell: InteractiveShell) -> RecordingService:
    """The service the magics use."""
    opened = RecordingService()
    services.add(opened)
    return opened


@pytest.fixture
def run(shell: InteractiveShell) -> Callable[[str], Any]:
    """Run a cell as a person would and return its value, or raise its error."""

    def run_cell(cell: str) -> Any:
        result = shell.run_cell(cell, store_history=True)
        result.raise_error()
        return result.result

    return run_cell
