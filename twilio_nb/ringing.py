"""How the phones on a screen hear what comes: one long poll of the simulated account for all of them."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests

from twilio_nb.errors import ConfigurationError
from twilio_nb.receiving.tracebacks import frames
from twilio_nb.sending.transport import Credentials

_PATIENCE = 30  # seconds; the account answers within 20
_AGAIN = 0.5  # seconds

logger = logging.getLogger(__name__)

Record = dict[str, Any]
Hear = Callable[[list[Record] | None], None]


class Ringing:
    """Follows one account's phones, in a thread that lives while one of them is listened to.

    Parameters
    ----------
    url : str
        Where the account answers.
    credentials : Credentials
        The account's own.
    """

    def __init__(self, url: str, credentials: Credentials) -> None:
        self._url = url
        self._credentials = credentials
        self._lock = threading.Lock()
        self._listeners: list[tuple[str, Hear]] = []
        self._line: _Line | None = None

    def listen(self, number: str, hear: Hear) -> Callable[[], None]:
        """Hear what a phone sends and receives from now on.

        Parameters
        ----------
        number : str
            The phone.
        hear : callable
            Called in the thread with the records of messages that are new or changed; with None when the account's
            process was started anew and has forgotten what was before.

        Returns
        -------
        callable
            Ends it.

        Raises
        ------
        ConfigurationError
            If the account does not answer.
        """
        listener = (number, hear)
        with self._lock:
            if self._line is None:
                self._line = _Line(self._url, self._credentials, self._deliver)
            self._listeners.append(listener)

        def end() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)
                idle = None if self._listeners else self._line
                self._line = None if idle else self._line
            if idle:
                idle.end()

        return end

    def close(self) -> None:
        """Hang up, whoever listens."""
        with self._lock:
            line, self._line = self._line, None
            self._listeners.clear()
        if line:
            line.end()

    def _deliver(self, messages: list[Record] | None) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for number, hear in listeners:
            own = messages and [one for one in messages if number in (one["from"], one["to"])]
            if own or messages is None:
                try:
                    hear(own)
                except Exception as error:
                    logger.error("A phone could not be told of its texts: %s", frames(error))


class _Line:
    """The connection and its thread."""

    def __init__(
        self, url: str, credentials: Credentials, deliver: Callable[[list[Record] | None], None]
    ) -> None:
        self._url = url
        self._credentials = credentials
        self._deliver = deliver
        self._ended = threading.Event()
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_PATIENCE)
        # Asked for before anybody reads what is there, so that nothing falls in between.
        self._place: str = self._ask("")["place"]
        self._thread = threading.Thread(target=self._follow, name="twilio_nb phones", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Hang up, and wait for the thread unless it is the one that calls."""
        self._ended.set()
        if self._thread is threading.current_thread():
            return
        for _ in range(40):
            with contextlib.suppress(OSError, AttributeError):  # not connected at the moment
                self._connection.sock.shutdown(socket.SHUT_RDWR)
            self._thread.join(0.05)
            if not self._thread.is_alive():
                return

    def _follow(self) -> None:
        while not self._ended.is_set():
            try:
                answer = self._ask(self._place)
            except ConfigurationError:  # its process is being started anew
                self._ended.wait(_AGAIN)
                continue
            self._place = answer["place"]
            if self._ended.is_set():
                break
            if answer["lost"]:
                self._deliver(None)
            if answer["messages"]:
                self._deliver(answer["messages"])
        self._connection.close()

    def _ask(self, place: str) -> Record:
        request = requests.Request("GET", f"{self._url}/sandbox/phones", params={"since": place}).prepare()
        try:
            headers = dict(self._credentials(request).headers)
            self._connection.request("GET", request.path_url, headers=headers)
            answer: Record = json.loads(self._connection.getresponse().read())
            if "place" in answer:
                return answer
            found = "refused"
        except (OSError, http.client.HTTPException, ValueError) as error:
            found = type(error).__name__
        self._connection.close()
        # Not raised while handling the original, whose frames hold the credentials.
        message = f"The simulated account cannot be heard ({found}); show the phone again in a moment."
        raise ConfigurationError(message)
