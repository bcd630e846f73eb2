"""Claiming a text for a kernel, and writing what became of it: each decided by one write to MongoDB.

A write whose own answer was lost may have been done all the same. So each is repeated until MongoDB has
answered, and a refusal is compared with what is stored under this request's id.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from twilio_nb.domain.messages import HandlingState
from twilio_nb.errors import StoreUnavailable
from twilio_nb.receiving.answers import Composed
from twilio_nb.receiving.text import Text
from twilio_nb.storage.messages import MessageLog

_PAUSE = 0.5


class Settlement:
    """The handling of one text by one kernel.

    Parameters
    ----------
    text : Text
        The text.
    owner : str
        The kernel's name.
    """

    def __init__(self, text: Text, owner: str) -> None:
        self._text = text
        self._mine: dict[str, Any] = {"sid": text.sid, "owner": owner, "request_id": text.request}

    async def claim(self) -> bool:
        """Take the handling of the text for the kernel, however long MongoDB is away.

        Returns
        -------
        bool
            False if somebody else has it.
        """
        claim = partial(MessageLog.claim, **self._mine)
        return bool(await self._persist(claim)) or await self._is_ours(HandlingState.RUNNING)

    async def answered(self, composed: Composed, until: float) -> bool:
        """Write the answer, so that it may be given.

        Parameters
        ----------
        composed : Composed
            The answer.
        until : float
            When Twilio no longer waits for it, on the event loop's clock.

        Returns
        -------
        bool
            False if somebody else has settled the text.

        Raises
        ------
        StorageError
            If it is not known to be written by then; it must not be given.
        """
        settle = partial(
            MessageLog.settle,
            **self._mine,
            state=composed.state,
            answer={"status": composed.answer.status, "twiml": composed.answer.twiml},
            replies=composed.replies,
            error=composed.error,
        )
        return await self._persist(settle, until) or await self._is_ours(composed.state)

    async def late(self) -> bool:
        """Write that Twilio was answered without a reply, however long MongoDB is away.

        Returns
        -------
        bool
            False if somebody else has settled the text. True leaves the delivery to the kernel.
        """
        late = partial(MessageLog.settle, **self._mine, state=HandlingState.LATE)
        return await self._persist(late) or await self._is_ours(
            HandlingState.LATE, HandlingState.ANSWERED, HandlingState.FAILED
        )

    async def returned(self) -> None:
        """Write that the text is pending again, because its kernel never heard of it."""
        await self._persist(partial(MessageLog.settle, **self._mine, state=HandlingState.PENDING))

    async def _is_ours(self, *states: str) -> bool:
        document = await self._persist(lambda log: log.get(self._text.sid))
        handling = (document or {}).get("handling") or {}
        return handling.get("request_id") == self._text.request and handling["state"] in states

    async def _persist(self, operation: Callable[[MessageLog], Any], until: float | None = None) -> Any:
        """Run an operation until the store has done it, because what it decides must not be guessed."""
        loop = asyncio.get_running_loop()
        while True:
            left = None if until is None else until - loop.time()
            try:
                return await asyncio.wait_for(self._text.known.store.log(operation), left)
            except (StoreUnavailable, TimeoutError) as error:
                if until is not None and loop.time() + _PAUSE > until:
                    message = "The store did not answer before Twilio had to be."
                    raise StoreUnavailable(message) from error
                await asyncio.sleep(_PAUSE)
