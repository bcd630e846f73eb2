"""What this kernel is asked to run: calls of the receiver, pending texts, replays. On the host's loop."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar, cast

from bson import ObjectId

from twilio_nb.domain.entries import leading
from twilio_nb.domain.messages import HandlingState
from twilio_nb.errors import HandlerError, TwilioNBError
from twilio_nb.receiving.claims import UNSETTLED, Claim, claimed, persistently
from twilio_nb.receiving.delivery import Delivery
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.lanes import Lane
from twilio_nb.receiving.link import Link
from twilio_nb.receiving.outcomes import NOT_RUN, Outcome
from twilio_nb.receiving.protocol import Call
from twilio_nb.receiving.recall import is_paused, recall
from twilio_nb.receiving.runs import Text
from twilio_nb.storage.database import Database
from twilio_nb.storage.messages import MessageLog

T = TypeVar("T")

_SWITCH_INTERVAL = 0.0005
_REPLAYED = [state for state in HandlingState if state != HandlingState.RUNNING]


@dataclass
class _Live:
    """A handler in service."""

    lane: Lane
    delivery: Delivery
    registered: datetime
    sweep: "asyncio.Task[None] | None" = None
    was_late: bool = False


class Calls:
    """Runs the handlers of this kernel.

    Parameters
    ----------
    owner : str
        The name under which this kernel claims texts.
    """

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._live: dict[tuple[str, str], _Live] = {}
        self._dropped: dict[tuple[str, str], MessageLog] = {}
        self._in_hand: set[str] = set()
        self._usual_interval = sys.getswitchinterval()
        self._tasks: set[asyncio.Task[Any]] = set()

    def handlers(self) -> list[Handler]:
        """Return the handlers in service."""
        return [live.lane.handler for live in list(self._live.values())]

    def put(self, handler: Handler, delivery: Delivery) -> None:
        """Put a handler into service; one of the same webhook finishes what it runs."""
        live = self._live.get((handler.service, handler.name))
        if live is None:
            self._live[handler.service, handler.name] = _Live(Lane(handler), delivery, datetime.now(UTC))
        else:
            live.lane.handler, live.delivery = handler, delivery

    def drop(self, service: str, webhook: str) -> None:
        """Take a handler out of service."""
        if live := self._live.pop((service, webhook), None):
            self._dropped[service, webhook] = _log(live.lane.handler)

    def say(self, service: str, webhook: str, sentence: str) -> None:
        """Say something in the cell of a webhook's handler."""
        if live := self._live.get((service, webhook)):
            live.lane.handler.cell.say(sentence)

    def overtaken(self, service: str, webhook: str, *, by: str | None) -> None:
        """Note which other notebook answers a webhook; None when this one does."""
        if live := self._live.get((service, webhook)):
            live.lane.handler.overtaken_by = by

    def take(self, link: Link, message: dict[str, Any]) -> None:
        """Run a call of the receiver."""
        held = contextlib.ExitStack()
        held.enter_context(self._held(message["call"]))  # at once: the link's end may be next
        self._start(self._answer(link, cast(Call, message), held))

    def registered(self, service: str, webhook: str) -> None:
        """Run what came in while nobody handled this webhook."""
        live = self._live.get((service, webhook))
        if live is None:
            return
        live.registered = datetime.now(UTC)
        if live.sweep is None or live.sweep.done():
            live.sweep = self._start(self._sweep(live))

    async def give_back(self, databases: Iterable[Database]) -> None:
        """Make pending what a receiver that is gone had claimed for this kernel and could not tell it any more.

        Only while there is no link: over one, a call may be on its way.
        """
        for database in databases:
            back = partial(MessageLog(database).give_back, self._owner, list(self._in_hand))
            with contextlib.suppress(TwilioNBError):  # then they are interrupted when this kernel leaves
                await _in_thread(back)

    async def replay(self, service: str, webhook: str, sid: str) -> dict[str, Any]:
        """Run a handler on a stored text.

        Parameters
        ----------
        service, webhook : str
            Whose handler runs.
        sid : str
            The text.

        Returns
        -------
        dict
            sid, state, replies, error.

        Raises
        ------
        HandlerError
            If the webhook has no handler in this kernel.
        """
        live = self._live.get((service, webhook))
        if live is None:
            message = f"{service}/{webhook} has no handler in this kernel: run its cell, then replay."
            raise HandlerError(message)
        return await self._again(live, sid)

    async def _answer(self, link: Link, call: Call, held: contextlib.ExitStack) -> None:
        live = self._live.get((call["service"], call["webhook"]))
        claim = self._claim(call["sid"], call["call"], call["webhook"], "webhook", live)
        with held:
            await self._run_called(link, call, claim, live)

    def _claim(self, sid: str, request_id: str, webhook: str, source: str, live: _Live | None) -> Claim:
        logged = live is not None and not live.lane.handler.definition.disable_arg_logs
        return Claim(sid, self._owner, request_id, webhook, source, datetime.now(UTC), logged)

    async def _run_called(self, link: Link, call: Call, claim: Claim, live: _Live | None) -> None:
        if live is None:
            await self._return(link, call, claim)
            return
        payload = tuple((name, value) for name, value in call["payload"])
        outcome = await live.lane.run(Text(payload, call["request"], claim.request_id))
        by = await link.answer(claim.request_id, outcome)
        if by != "twiml":
            await self._settle(live, claim, outcome, told=by is not None)

    async def _return(self, link: Link, call: Call, claim: Claim) -> None:
        """Make a text pending again whose handler was taken out of service while the call was on its way."""
        webhook = call["service"], call["webhook"]
        log = self._dropped[webhook]
        pending = partial(
            log.settle,
            claim.sid,
            owner=claim.owner,
            request_id=claim.request_id,
            state=HandlingState.PENDING,
            from_states=UNSETTLED,
        )
        with contextlib.suppress(TwilioNBError):  # then its lease runs out
            if (
                await link.answer(claim.request_id, NOT_RUN) != "twiml"
            ):  # the receiver is gone, or was too late
                await _in_thread(partial(persistently, pending))
            if live := self._live.get(webhook):  # defined again meanwhile, perhaps too early to find it
                await self._run_stored(live, log, claim.sid, [HandlingState.PENDING], "pending")

    async def _sweep(self, live: _Live) -> None:
        """Run the texts that waited for less than ten minutes, and once more if it was registered meanwhile."""
        swept = None
        try:
            while swept != live.registered:
                swept, handler = live.registered, live.lane.handler
                for sid in await _in_thread(partial(recall, handler, swept)):
                    if await _in_thread(partial(is_paused, handler)):
                        break
                    await self._run_stored(live, _log(handler), sid, [HandlingState.PENDING], "pending")
        except TwilioNBError as error:
            handler = live.lane.handler
            handler.cell.say(f"Pending texts of {handler.definition.key} were not run: {error}")

    async def _again(self, live: _Live, sid: str) -> dict[str, Any]:
        handler, log = live.lane.handler, _log(live.lane.handler)
        row: dict[str, Any] = {"sid": sid, "state": None, "replies": 0, "error": None}
        try:
            stored = await _in_thread(partial(log.get, sid))
            if stored is None or "handling" not in stored or stored["service"] != handler.service:
                return row | {"error": f"{handler.service} has no inbound text of this SID."}
            ended = await self._run_stored(live, log, sid, _REPLAYED, "replay")
        except TwilioNBError as error:
            return row | {"error": str(error)}
        if ended is None:
            return row | {
                "state": HandlingState.RUNNING.value,
                "error": "It is running; its reply is on its way.",
            }
        outcome, state, trouble = ended
        return row | {"state": str(state), "replies": len(outcome.replies), "error": trouble}

    async def _run_stored(
        self, live: _Live, log: MessageLog, sid: str, states: Sequence[str], source: str
    ) -> tuple[Outcome, str | None, str | None] | None:
        """Claim a text and run it; None if somebody else has it."""
        claim = self._claim(sid, str(ObjectId()), live.lane.handler.name, source, live)
        with self._held(claim.request_id):
            document = await _in_thread(partial(claimed, log, claim, states))
            if document is None:
                return None
            payload = tuple((name, value) for name, value in document["payload"])
            outcome = await live.lane.run(Text(payload, request_id=claim.request_id))
            state, trouble = await self._settle(live, claim, outcome)
            return outcome, state, trouble and leading(trouble, claim.request_id)

    async def _settle(
        self, live: _Live, claim: Claim, outcome: Outcome, *, told: bool = False
    ) -> tuple[str | None, str | None]:
        """Deliver what did not go out as an answer; say in the cell what could not be delivered."""
        try:
            state, trouble = await _in_thread(partial(live.delivery.settle, claim, outcome, told=told))
        except TwilioNBError as error:
            state, trouble = None, f"The reply was not sent: {error}"
        handler = live.lane.handler
        if trouble and trouble != outcome.error:
            handler.cell.say(f"{handler.function_name}: {leading(trouble, claim.request_id)}")
        elif state == HandlingState.LATE and not live.was_late:  # once: a handler may be slow by nature
            live.was_late = True
            handler.cell.say(
                f"{handler.function_name} came too late for Twilio, which got an empty answer after "
                f"{handler.timeout:g} s; its reply, like others that come late, was sent by REST."
            )
        return state, trouble

    @contextlib.contextmanager
    def _held(self, request: str) -> "Iterator[None]":
        """Hold a text in hand, and have the interpreter change threads more often meanwhile.

        A cell that computes in pure Python gives way every 5 ms, and each step of a call waits that long.
        With 0.5 ms a handler that writes to MongoDB took 13 instead of 24 ms beside such a cell (median of
        150 calls, two processors), one that only computes 10 instead of 18; the cell lost nothing.
        """
        if not self._in_hand:
            self._usual_interval = sys.getswitchinterval()
            sys.setswitchinterval(min(_SWITCH_INTERVAL, self._usual_interval))
        self._in_hand.add(request)
        try:
            yield
        finally:
            self._in_hand.discard(request)
            if not self._in_hand and sys.getswitchinterval() == _SWITCH_INTERVAL:
                sys.setswitchinterval(self._usual_interval)

    def _start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)  # the loop itself holds tasks weakly
        task.add_done_callback(self._tasks.discard)
        return task


def _log(handler: Handler) -> MessageLog:
    assert handler.database is not None, "set when the handler is registered"
    return MessageLog(handler.database)


async def _in_thread(function: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(None, function)
