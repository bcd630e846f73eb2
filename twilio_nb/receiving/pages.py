"""What a person sees of the receiver, read-only and without a script: how it is, what came in, what to enter at Twilio.

Everything from outside goes through `domain.markup`. MongoDB is asked once for each database, within a
deadline; while it is away the page says so, and shows what the receiver knows by itself.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from twilio_nb import __version__
from twilio_nb.domain.address_secret import explained, shown_with
from twilio_nb.domain.addresses import masked_in
from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.domain.entries import SENDS, in_words, lead
from twilio_nb.domain.markup import Markup, tag
from twilio_nb.domain.messages import HandlingState
from twilio_nb.domain.paths import INBOX, RETRY_FRAGMENT, webhook_path
from twilio_nb.errors import StorageError
from twilio_nb.receiving.address import bases
from twilio_nb.receiving.kernels import Kernels
from twilio_nb.receiving.services import Known, Services
from twilio_nb.receiving.sheet import HEADERS, document, moment
from twilio_nb.receiving.stores import Store, Stores

_DEADLINE = 0.7  # seconds for what MongoDB is asked
_SHOWN = 50  # webhooks, the newest

_OUTCOMES: dict[str | None, str] = {
    HandlingState.STORED: "Stored",
    HandlingState.PENDING: "Stored, waits for its handler",
    HandlingState.RUNNING: "Running",
    HandlingState.ANSWERED: "Answered",
    HandlingState.LATE: "Not answered in time; the reply follows as a text of its own",
    HandlingState.FAILED: "The handler failed",
    HandlingState.REFUSED: "Not handled: the webhook's condition does not hold",
    HandlingState.INTERRUPTED: "Interrupted: the notebook left",
}
_SOURCES = {"pending": "after it had waited", "replay": "run again"}


@dataclass(frozen=True)
class _Found:
    """What one database had to say."""

    store: Store
    services: list[tuple[Known, list[WebhookDefinition]]]
    entries: list[dict[str, Any]]
    trouble: str | None = None


class Overview:
    """The page of the receiver.

    Parameters
    ----------
    stores : Stores
        Where texts and log entries are.
    services : Services
        The services that are known.
    kernels : Kernels
        The notebooks that are connected.
    loopback : str or None
        The loopback base address, for sandbox services.
    """

    def __init__(self, stores: Stores, services: Services, kernels: Kernels, loopback: str | None) -> None:
        self._stores = stores
        self._services = services
        self._kernels = kernels
        self._loopback = loopback
        self._began = datetime.now(UTC)

    async def page(self, request: Request) -> Response:
        """Answer with the page.

        Parameters
        ----------
        request : Request
            A GET or HEAD.

        Returns
        -------
        Response
            HTML that nobody keeps and no other site can frame.
        """
        found = await asyncio.gather(*map(self._look, self._stores))
        return HTMLResponse(document("Text messages", *self._content(found)), headers=HEADERS)

    async def _look(self, store: Store) -> _Found:
        try:
            async with asyncio.timeout(_DEADLINE):
                entries, services = await asyncio.gather(
                    store.book(lambda book: book.find(limit=_SHOWN)), self._services.overview(store)
                )
        except (StorageError, TimeoutError):
            why = store.trouble or f"MongoDB does not answer (database {store.name})."
            return _Found(store, self._services.known(store), [], why)
        return _Found(store, services, entries)

    def _content(self, found: Sequence[_Found]) -> Iterable[Markup]:
        # A link and no refresh by itself: who reads or selects an address keeps the place.
        reload = tag("a", "Reload", href="?")
        yield tag(
            "header",
            tag("h1", "Text messages"),
            tag("span", reload, " · as of ", moment(datetime.now(UTC)), " UTC", class_="muted"),
        )
        yield tag("main", *self._health(found), *self._addresses(found), *_latest(found))

    def _health(self, found: Sequence[_Found]) -> Iterable[Markup]:
        notebooks = len(self._kernels)
        connected = (
            "None is connected; texts are stored and wait." if not notebooks else f"{notebooks} connected"
        )
        rows: list[tuple[str, object]] = [
            ("Receiver", tag("span", "Running since ", moment(self._began), f" UTC, release {__version__}")),
            *((f"Database {one.store.name}", _store(one)) for one in found),
            ("Notebooks", connected),
        ]
        rows += [
            (f"Service {known.definition.name}", _token(known)) for one in found for known, _ in one.services
        ]
        yield tag("h2", "Health")
        yield tag(
            "table",
            tag("tbody", *(tag("tr", tag("th", name, scope="row"), tag("td", fact)) for name, fact in rows)),
        )

    def _addresses(self, found: Sequence[_Found]) -> Iterable[Markup]:
        yield tag("h2", "Addresses to enter at Twilio")
        services = [service for one in found for service in one.services]
        if not services:
            is_all = all(one.trouble is None for one in found)
            yield tag("p", _NO_SERVICE if is_all else "They are shown once MongoDB answers again.")
            return
        yield tag(
            "p",
            "In Twilio's console, for a number or a messaging service, under “A message comes in”, with HTTP POST.",
            class_="muted",
        )
        for known, webhooks in services:
            yield tag("h3", known.definition.name)
            base = next(iter(bases(known.definition, self._loopback)), None)
            if known.definition.sends_only:
                yield tag("p", "It sends only: an API key verifies no signature of Twilio's.")
                continue
            if base is None:
                yield tag(
                    "p", "The address that Twilio can reach is not known. Tell it once, in a notebook: "
                )
                command = f"twilio_nb.connect({known.definition.name!r}, public_url='https://…/')"
                yield tag("p", tag("code", command), ", the address of this Jupyter as the world sees it.")
                continue
            if known.definition.sandbox:
                yield tag("p", "A simulated account; nothing has to be entered anywhere.", class_="muted")
            for webhook in webhooks:
                address = f"{base}{webhook_path(webhook.service, webhook.name)}{RETRY_FRAGMENT}"
                yield tag(
                    "label",
                    tag("strong", webhook.name),
                    tag("span", f" · {self._state(known.store, webhook)}", class_="muted"),
                    tag("input", value=shown_with(address, webhook.secret), readonly="", spellcheck="false"),
                )
                yield from self._secret(known.store, webhook)

    def _secret(self, store: Store, webhook: WebhookDefinition) -> Iterable[Markup]:
        """Say what is to be entered in the place of a secret's name, and whether it is known here."""
        if webhook.secret is None:
            return
        yield tag("p", explained(webhook.secret), class_="muted")
        if not self._services.secrets(store, webhook):
            command = f"twilio_nb.secrets.set({webhook.secret!r})"
            said = "This machine has no value of it, so texts to this webhook are refused: in a notebook, "
            yield tag("p", said, tag("code", command), " asks for it.", class_="bad")

    def _state(self, store: Store, webhook: WebhookDefinition) -> str:
        if webhook.name == INBOX:
            return "stores only"
        if not webhook.enabled:
            return "paused, texts are stored and wait"
        if self._kernels.find(store, webhook.key):
            return "answered by a notebook"
        return "no notebook answers, texts are stored and wait"


_NO_SERVICE = (
    "No service is known yet. In a notebook, twilio_nb.connect('myTwilio', account_sid='AC…') makes one."
)


def _latest(found: Sequence[_Found]) -> Iterable[Markup]:
    entries = [entry for one in found for entry in one.entries]
    entries.sort(key=lambda entry: entry["started"], reverse=True)
    yield tag("h2", "The last webhooks")
    if away := [one for one in found if one.trouble]:
        yield tag("p", f"Not all are shown: {away[0].trouble} Reload in a moment.", class_="bad")
    if not entries:
        yield tag("p", "Nothing has come in, as far back as the log goes.") if not away else tag("p")
        return
    names = ("Time (UTC)", "Webhook", "What became of it", "Took")
    classes = ("time", "webhook", "outcome", "took")
    head = [tag("th", name, scope="col", class_=kind) for name, kind in zip(names, classes, strict=True)]
    rows = [tag("tr", *_cells(entry)) for entry in entries[:_SHOWN]]
    yield tag("table", tag("thead", tag("tr", *head)), tag("tbody", *rows), class_="latest")


def _cells(entry: dict[str, Any]) -> Iterable[Markup]:
    unsent = entry.get("source") in SENDS
    webhook = entry.get("webhook") or ("" if unsent else "status callback")
    outcome = "Not sent" if unsent else _OUTCOMES.get(entry["state"], "Refused")
    if why := _SOURCES.get(entry.get("source", "")):
        outcome = f"{outcome}, {why}"
    error, warnings = entry.get("error"), entry.get("warnings") or ()
    yield tag("td", moment(entry["started"]), class_="time")
    yield tag("td", f"{entry['service']}/{webhook}".rstrip("/"), class_="webhook")
    yield tag(
        "td",
        tag("span", outcome, class_="bad" if error else None),
        *([tag("div", tag("bdi", masked_in(in_words(str(error)))), class_="muted")] if error else []),
        *([tag("div", lead(entry["co_id"]), class_="muted")] if error and entry.get("co_id") else []),
        *(tag("div", tag("bdi", masked_in(str(warning))), class_="muted") for warning in warnings),
        class_="outcome",
    )
    yield tag("td", _took(entry["started"], entry.get("completed")), class_="took")


def _took(started: datetime, completed: datetime | None) -> str:
    if completed is None:
        return ""
    seconds = max(0.0, (completed - started).total_seconds())
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _store(one: _Found) -> Markup:
    if one.trouble:
        return tag(
            "span", f"{one.trouble} Texts are refused until then, and Twilio repeats them.", class_="bad"
        )
    return tag("span", "Reachable", class_="good")


def _token(known: Known) -> Markup:
    if known.definition.sends_only:
        return tag("span", "Sends only, with an API key")
    if known.tokens:
        return tag(
            "span",
            "It has an auth token to check signatures with; %twilio_config asks Twilio whether it is right",
        )
    return tag(
        "span",
        "Its auth token is not known, so its texts are refused. Set its secret where Jupyter runs, or connect "
        "to it in a notebook.",
        class_="bad",
    )
