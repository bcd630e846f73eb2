"""Staying connected: dial the receiver, have it started, redial whenever it goes."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from twilio_nb.errors import ConfigurationError
from twilio_nb.receiving.launch import Receiver
from twilio_nb.receiving.link import Link
from twilio_nb.receiving.tracebacks import frames

logger = logging.getLogger(__name__)

_PATIENCE = 20.0  # seconds for the receiver to start and answer
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0


class Connection:
    """The connection to the receiver, over however many links. Lives on the host's loop.

    Parameters
    ----------
    owner : str
        The name under which this kernel claims texts.
    receiver : Receiver
        The way to the receiver.
    opened : callable
        Told of each new link before anybody else uses it.
    take : callable
        Given each link's messages.
    ended : callable
        Awaited after each link's end, before another is dialled.

    Attributes
    ----------
    link : Link or None
        The open link; None while there is none.
    """

    def __init__(
        self,
        owner: str,
        receiver: Receiver,
        opened: Callable[[Link], None],
        take: Callable[[Link, dict[str, Any]], None],
        ended: Callable[[], Awaitable[None]],
    ) -> None:
        self.link: Link | None = None
        self._owner = owner
        self._receiver = receiver
        self._opened = opened
        self._take = take
        self._ended = ended
        self._trouble: str | None = None
        self._latest = "no connection"
        self._changed = asyncio.Event()
        self._hurry = asyncio.Event()

    async def stay(self) -> None:
        """Connect, and again after every end, until cancelled."""
        pause = _FIRST_PAUSE
        while True:
            try:
                link = await Link.dial(await self._receiver.ready(), self._owner)
            except ConfigurationError as error:
                self._tell(None, str(error))
            except (OSError, TimeoutError) as error:
                # It is on its way, or coming back; who waits for it gives up after a while.
                self._latest = str(error) or type(error).__name__
            else:
                began = time.monotonic()
                try:
                    await self._talk(link)
                    await self._ended()
                except Exception as error:  # whatever it is, texts must be taken again
                    message = "The connection to the receiver was given up; it is dialled again: %s"
                    logger.error(message, frames(error))
                if time.monotonic() - began > _LONGEST_PAUSE:  # else it was no connection to speak of
                    pause = _FIRST_PAUSE
                if link.hung:
                    self._receiver.hung()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), pause)
            self._hurry.clear()
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def ready(self) -> Link:
        """Wait for an open link.

        Returns
        -------
        Link

        Raises
        ------
        ConfigurationError
            If the receiver cannot be started or runs another release, or does not answer in time.
        """
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        self._trouble = None  # what went wrong before may have been mended: try now
        self._hurry.set()
        while self.link is None:
            if self._trouble is not None:
                raise ConfigurationError(self._trouble)
            try:
                async with asyncio.timeout_at(deadline):
                    await self._changed.wait()
            except TimeoutError:
                message = (
                    f"The receiver did not answer within {_PATIENCE:.0f} s ({self._latest}). It is still "
                    "being tried. Under Jupyter, look into its log and restart it if this goes on."
                )
                raise ConfigurationError(message) from None
        self._hurry.clear()
        return self.link

    async def _talk(self, link: Link) -> None:
        self._opened(link)
        self._tell(link, None)
        trouble = None
        try:
            async for message in link.messages():
                if message["type"] == "refused":
                    trouble = f"The receiver closed the connection: {message['reason']}"
                else:
                    self._take(link, message)
        finally:
            self._tell(None, trouble)

    def _tell(self, link: Link | None, trouble: str | None) -> None:
        """Wake whoever waits for a change."""
        self.link, self._trouble = link, trouble
        self._changed.set()
        self._changed = asyncio.Event()
