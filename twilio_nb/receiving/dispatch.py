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
from datetime import UTC, datetime, timedelta

from twilio_nb.domain.entries import lead
from twilio_nb.domain.messages import Document, HandlingState
from twilio_nb.errors import StorageError, StoreUnavailable
from twilio_nb.receiving.answers import compose
from twilio_nb.receiving.exchange import NOTHING, Answer
from twilio_nb.receiving.kernel import KernelGone
from twilio_nb.receiving.kernels import Kernels, Live
from twilio_nb.receiving.settlement import Settlement
from twilio_nb.receiving.text import Text
from twilio_nb.receiving.tracebacks import frames

STORED_WITHIN = 4.5
"""Seconds after arrival within which a text is stored, or refused with 503."""

_LONGEST = 14.0  # seconds; Twilio gives up at 15, the way there and back included
_REPEATED_WITHIN = timedelta(seconds=30)  # Twilio repeats a delivery within its 15 s
_PAUSE = 0.5
NOT_CALLED = (HandlingState.PENDING, HandlingState.REFUSED)

logger = logging.getLogger(__name__)


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
        await asyncio.wait([ours.stored], timeout=left)
        if not ours.stored.done():
            message = "The text is not stored yet; it has to be sent again."
            raise StoreUnavailable(message)
        ours.stored.result()  # or what went wrong
        return ours.answer.result() if ours.answer.done() else await asyncio.shield(ours.answer)

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
                logger.warning(
                    "Handling of %s ended: %s. %s", text.sid, type(error).__name__, lead(text.request)
                )
            else:
                logger.error("Handling of %s ended. %s %s", text.sid, lead(text.request), frames(error))
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
                text.note(HandlingState.INTERRUPTED, error="The kernel left before it answered.")
            finally:
                expiry.cancel()
        elif fresh:
            text.note(state)
        else:
            text.reply(await self._first_answer(text))

    async def _ask(self, text: Text, live: Live, deadline: float) -> None:
        """Claim the text, have its handler run, settle who delivers."""
        text.arguments_logged = not live.definition.disable_arg_logs
        settlement = Settlement(text, live.kernel.owner)
        if not await settlement.claim():  # another kernel has dialled in since, and looked for pending texts
            text.reply(await self._first_answer(text))
            return
        call = live.kernel.call(text.call(deadline))
        if call.done():  # it had left, or this receiver is leaving: the text never got there
            await settlement.returned()
            text.note(HandlingState.PENDING)
            return
        await asyncio.wait([call], timeout=deadline - asyncio.get_running_loop().time())
        if call.done() and not text.answer.done():
            composed = compose(call.result(), live.definition, base=text.base, sid=text.sid)
            with contextlib.suppress(StorageError):
                if await settlement.answered(composed, text.arrival.began + _LONGEST):
                    text.reply(composed.answer)
                live.kernel.send("settled", call=text.request, by="twiml")
                text.note(
                    composed.state,
                    error=composed.error,
                    warnings=composed.warnings,
                    outcome=None if composed.state in NOT_CALLED else call.result(),
                    replies=composed.replies,
                )
                return
        text.reply(NOTHING)
        text.note(HandlingState.LATE)
        if await settlement.late():
            await call
            live.kernel.send("settled", call=text.request, by="rest")

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


def _is_recent(document: Document) -> bool:
    time: datetime = document["time"]
    return datetime.now(UTC) - time < _REPEATED_WITHIN
