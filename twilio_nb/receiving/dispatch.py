"""From an authenticated text to its answer: store it, claim it for a kernel, ask, answer in time.

Every text is worked on by one task, to which all its deliveries attach, so that a repeated one waits for
the first answer and no handler runs twice. The task goes on when a delivery has been given up: what is
stored late is handled late.

At the deadline Twilio is answered without a reply. From then on the kernel delivers, by REST. Which of the
two does is decided by one write, the settling of the text, before either begins.
"""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from twilio_nb.domain.messages import Document, HandlingState
from twilio_nb.errors import StorageError, StoreUnavailable
from twilio_nb.receiving.answers import Composed, compose
from twilio_nb.receiving.exchange import NOTHING, Answer, Arrival
from twilio_nb.receiving.kernels import LEASE, KernelGone, Kernels, Live
from twilio_nb.receiving.protocol import Call
from twilio_nb.receiving.services import Known
from twilio_nb.storage.messages import MessageLog

STORED_WITHIN = 4.5
"""Seconds after arrival within which a text is stored, or refused with 503."""

_LONGEST = 14.0  # seconds; Twilio gives up at 15, the way there and back included
_REPEATED_WITHIN = timedelta(seconds=30)  # Twilio repeats a delivery within its 15 s
_PAUSE = 0.5

logger = logging.getLogger(__name__)


@dataclass
class Text:
    """A text whose signature was right.

    Attributes
    ----------
    known : Known
        The service and webhook it is for.
    base : str
        The base address it was signed for.
    url : str
        The whole address it was signed for.
    arrival : Arrival
        The request that brought it.
    document : dict
        What is stored of it.
    request : str
        Id of this request: of its log entry, and of the call to the kernel.
    stored : asyncio.Future
        Done when it is safe in MongoDB.
    answer : asyncio.Future
        What Twilio is told.
    """

    known: Known
    base: str
    url: str
    arrival: Arrival
    document: Document
    request: str = field(default_factory=lambda: uuid.uuid4().hex)
    stored: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    answer: asyncio.Future[Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def sid(self) -> str:
        """Its Message SID."""
        return str(self.document["_id"])

    def reply(self, answer: Answer) -> None:
        """Answer Twilio, unless that has been done."""
        if not self.answer.done():
            self.answer.set_result(answer)


class Dispatcher:
    """Works on texts.

    Parameters
    ----------
    kernels : Kernels
        Where handlers are found.
    """

    def __init__(self, kernels: Kernels) -> None:
        self._kernels = kernels
        self._texts: dict[tuple[str, str], Text] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(self, text: Text) -> Answer:
        """Store a text and answer it.

        Parameters
        ----------
        text : Text
            The text, or a repeated delivery of it.

        Returns
        -------
        Answer
            For a repeated delivery, the first one's.

        Raises
        ------
        StorageError
            If it is not stored within `STORED_WITHIN`; Twilio has to send it again.
        """
        key = text.known.store.name, text.sid
        ours = self._texts.get(key)
        if ours is None:
            ours = self._texts[key] = text
            task = asyncio.create_task(self._work(text))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(lambda _: self._texts.pop(key, None))
        left = text.arrival.began + STORED_WITHIN - asyncio.get_running_loop().time()
        try:
            await asyncio.wait_for(asyncio.shield(ours.stored), left)
        except TimeoutError as error:
            message = "The text is not stored yet; it has to be sent again."
            raise StoreUnavailable(message) from error
        return await asyncio.shield(ours.answer)

    def release(self) -> None:
        """Answer what is stored and waits, because this process ends; its handlers deliver by themselves."""
        for text in self._texts.values():
            if text.stored.done():
                text.reply(NOTHING)

    async def _work(self, text: Text) -> None:
        try:
            await self._handle(text)
        except Exception as error:
            if not text.stored.done():
                text.stored.set_exception(error)
                text.stored.exception()  # where every delivery was given up, nobody else asks
            elif isinstance(error, StorageError):
                logger.warning("Handling of %s ended: %s", text.sid, type(error).__name__)
            else:
                logger.exception("Handling of %s ended.", text.sid)
        finally:
            text.reply(NOTHING)

    async def _handle(self, text: Text) -> None:
        store, webhook = text.known.store, text.known.webhook
        assert webhook is not None, "a status callback is no text"
        fresh = await store.put(text.document)
        if not fresh:
            text.document = await self._read(text)
        text.stored.set_result(None)
        state = text.document["handling"]["state"]
        live = self._kernels.find(store, webhook.key) if webhook.enabled else None
        if live and state == HandlingState.PENDING and (fresh or _is_recent(text.document)):
            deadline = text.arrival.began + min(live.definition.timeout, _LONGEST)
            expiry = asyncio.get_running_loop().call_at(deadline, text.reply, NOTHING)
            try:
                await self._ask(text, live, deadline)
            except KernelGone:
                self._note(text, HandlingState.INTERRUPTED, error="The kernel left before it answered.")
            finally:
                expiry.cancel()
        elif fresh:
            self._note(text, state)
        else:
            text.reply(await self._first_answer(text))

    async def _ask(self, text: Text, live: Live, deadline: float) -> None:
        """Claim the text, have its handler run, settle who delivers."""
        claimed = await self._claim(text, live)
        if claimed is None:  # another kernel has it, which dialled in since and looked for pending texts
            text.reply(await self._first_answer(text))
            return
        call = live.kernel.call(self._call(text, claimed, deadline))
        await asyncio.wait([call], timeout=deadline - asyncio.get_running_loop().time())
        if call.done() and not text.answer.done():
            outcome = call.result()
            composed = compose(
                outcome,
                respond_result=live.definition.respond_result,
                base=text.base,
                service=text.arrival.service,
                sid=text.sid,
            )
            with contextlib.suppress(StorageError):
                if await self._settle(text, live, composed, text.arrival.began + _LONGEST):
                    text.reply(composed.answer)
                live.kernel.send("settled", call=text.request, by="twiml")
                self._note(text, composed.state, error=composed.error, warnings=composed.warnings)
                return
        text.reply(NOTHING)
        self._note(text, HandlingState.LATE)
        if await self._settle(text, live, None):
            await call
            live.kernel.send("settled", call=text.request, by="rest")

    async def _claim(self, text: Text, live: Live) -> Document | None:
        lease = datetime.now(UTC) + LEASE
        claim = partial(
            MessageLog.claim,
            sid=text.sid,
            owner=live.kernel.owner,
            request_id=text.request,
            lease_until=lease,
        )
        claimed: Document | None = await self._persist(text, claim)
        if claimed is None and await self._is_ours(text, HandlingState.RUNNING):
            claimed = text.document
        return claimed

    async def _settle(
        self, text: Text, live: Live, composed: Composed | None, until: float | None = None
    ) -> bool:
        """Write what became of a text: its answer, or that it is late; True if nobody else did."""
        result: dict[str, Any] = {"state": HandlingState.LATE}
        if composed:
            answer = {"status": composed.answer.status, "twiml": composed.answer.twiml}
            result = {
                "state": composed.state,
                "answer": answer,
                "replies": composed.replies,
                "error": composed.error,
            }
        settle = partial(
            MessageLog.settle, sid=text.sid, owner=live.kernel.owner, request_id=text.request, **result
        )
        if await self._persist(text, settle, until):
            return True
        # What could not be written in time may have been written all the same, answer and replies included.
        lates = (HandlingState.LATE, HandlingState.ANSWERED, HandlingState.FAILED)
        return await self._is_ours(text, *((composed.state,) if composed else lates))

    async def _is_ours(self, text: Text, *states: str) -> bool:
        """Tell whether a write of this request reached MongoDB, though its own answer was lost."""
        text.document = await self._persist(text, lambda log: log.get(text.sid))
        handling = text.document["handling"]
        return handling["request_id"] == text.request and handling["state"] in states

    async def _persist(
        self, text: Text, operation: Callable[[MessageLog], Any], until: float | None = None
    ) -> Any:
        """Run an operation until the store has done it, because what it decides must not be guessed."""
        loop = asyncio.get_running_loop()
        while True:
            left = None if until is None else until - loop.time()
            try:
                return await asyncio.wait_for(text.known.store.log(operation), left)
            except (StorageError, TimeoutError) as error:
                if until is not None and loop.time() + _PAUSE > until:
                    message = "The store did not answer before Twilio had to be."
                    raise StoreUnavailable(message) from error
                await asyncio.sleep(_PAUSE)

    async def _first_answer(self, text: Text) -> Answer:
        """Return what the first delivery was answered, once that is known."""
        deadline = text.arrival.began + _LONGEST
        while True:
            handling = text.document["handling"]
            if handling["answer"]:
                return Answer(handling["answer"]["status"], handling["answer"]["twiml"])
            # A text that stays pending was acknowledged without a reply; one that runs is another receiver's.
            if handling["state"] != HandlingState.RUNNING or asyncio.get_running_loop().time() > deadline:
                return NOTHING
            await asyncio.sleep(_PAUSE)
            text.document = await self._read(text)

    async def _read(self, text: Text) -> Document:
        document = await text.known.store.log(lambda log: log.get(text.sid))
        if document is None or "handling" not in document:
            message = f"{text.sid} is stored, and is no text that arrived."
            raise StorageError(message)
        return document

    def _call(self, text: Text, claimed: Document, deadline: float) -> Call:
        arrival = text.arrival
        return {
            "type": "call",
            "call": text.request,
            "service": arrival.service,
            "webhook": str(arrival.webhook),
            "sid": text.sid,
            # What was stored first, whatever a repeated delivery says.
            "payload": [(name, value) for name, value in claimed["payload"]],
            "request": {
                "remote_ip_address": arrival.remote,
                "request_headers": arrival.shown_headers,
                "webhook_url": text.url,
                "http_method": arrival.method,
                "raw_query_string": arrival.shown_query,
                "http_referrer": arrival.headers.get("referer"),
                "http_user_agent": arrival.headers.get("user-agent"),
                "service": arrival.service,
                "action": str(arrival.webhook),
            },
            "remaining": max(0.0, deadline - asyncio.get_running_loop().time()),
        }

    def _note(
        self, text: Text, state: str, *, error: str | None = None, warnings: Sequence[str] = ()
    ) -> None:
        """Write the log entry of a text."""
        text.known.store.note(
            {
                "_id": text.request,
                "service": text.arrival.service,
                "webhook": text.arrival.webhook,
                "sid": text.sid,
                "started": text.arrival.time,
                "completed": datetime.now(UTC),
                "status": "Error" if error else "OK",
                "state": str(state),
                "error": error,
                "warnings": list(warnings),
                "source": "webhook",
            }
        )


def _is_recent(document: Document) -> bool:
    time: datetime = document["time"]
    return datetime.now(UTC) - time < _REPEATED_WITHIN
