"""What the receiver and the kernels say to each other: JSON objects, one a line, over a 0600 unix socket.

A kernel dials, says ``hello`` and is answered ``welcome`` or ``refused``. Then it names its services and
registers its webhooks; the receiver sends a ``call`` for every text and gets an ``answer``, and says with
``settled`` which of the two delivers the replies. The end of the connection takes the kernel's handlers away.
The two sides must run the same release: the protocol has no older forms.
"""

import json
from asyncio import StreamReader
from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict

PROTOCOL = 1
"""Number of this protocol; a kernel and a receiver with different numbers refuse each other."""

LINE_LIMIT = 1 << 20
"""Longest message in bytes, its newline included; pass it as ``limit`` when opening the streams."""

SOCKET = "kernels.sock"
"""Name of the receiver's socket for kernels in its runtime directory."""


class Hello(TypedDict):
    """Kernel: who is calling. ``owner`` is the name under which it claims texts.

    ``store`` is the fingerprint of the MongoDB in which it looks for them.
    """

    type: Literal["hello"]
    protocol: int
    version: str
    owner: str
    pid: int
    store: str


class ServiceMessage(TypedDict):
    """Kernel: a service, before its webhooks, and again whenever it changes.

    ``secrets`` are what the addresses of its webhooks may hold, by name.
    """

    type: Literal["service"]
    definition: dict[str, Any]
    database: str
    tokens: list[str]
    secrets: dict[str, list[str]]


class Register(TypedDict):
    """Kernel: a live handler; the same webhook again replaces it.

    Its condition, which the kernel asks by itself, is not in the definition.
    """

    type: Literal["register"]
    definition: dict[str, Any]


class Unregister(TypedDict):
    """Kernel: the handler of this webhook is gone."""

    type: Literal["unregister"]
    service: str
    webhook: str


class Enable(TypedDict):
    """Kernel: this webhook was paused or resumed, as is stored."""

    type: Literal["enable"]
    service: str
    webhook: str


class Release(TypedDict):
    """Kernel: this webhook is about to be removed; nobody is to be asked for it any more."""

    type: Literal["release"]
    service: str
    webhook: str


class WireReply(TypedDict):
    """One message to be texted back."""

    body: str
    media: list[str]


class WireOutcome(TypedDict):
    """How a handler's run ended. ``duration`` in seconds; ``error`` and what follows are for the log, never texted.

    ``refused``: it was not run, because the webhook's condition did not hold.
    """

    ok: bool
    refused: bool
    status_code: int
    replies: list[WireReply]
    twiml: str | None
    error: str | None
    warnings: list[str]
    duration: float
    printed: str
    traceback: str | None


class Answer(TypedDict):
    """Kernel: the outcome of a call."""

    type: Literal["answer"]
    call: str
    outcome: WireOutcome


class Addresses(TypedDict):
    """Base URLs, each ending in a slash, to which ``webhook_path()`` and ``status_path()`` are appended."""

    loopback: str | None
    public: list[str]


class Welcome(TypedDict):
    """Receiver: the kernel is admitted; sent again when the addresses change."""

    type: Literal["welcome"]
    protocol: int
    version: str
    addresses: Addresses


class Refused(TypedDict):
    """Receiver: the kernel is not admitted; the connection is closed next."""

    type: Literal["refused"]
    reason: str


class Registration(TypedDict):
    """Receiver: this kernel's handler is live, was taken over by another kernel, or is live again."""

    type: Literal["registered", "taken_over", "resumed"]
    service: str
    webhook: str
    by: NotRequired[str]


class Enabled(TypedDict):
    """Receiver: this webhook was paused or resumed, said to whose handler is asked; or ``enable`` is done."""

    type: Literal["paused", "unpaused", "enabled"]
    service: str
    webhook: str


class Released(TypedDict):
    """Receiver: nobody is asked for this webhook; or, ``by`` another kernel it is answered, and stays."""

    type: Literal["released"]
    service: str
    webhook: str
    by: NotRequired[str]


class Removed(TypedDict):
    """Receiver: this webhook was removed through another receiver; its handler here answers no more."""

    type: Literal["removed"]
    service: str
    webhook: str


class RequestFacts(TypedDict):
    """What a handler may know of the HTTP request, without its body."""

    remote_ip_address: str
    request_headers: dict[str, list[str]]
    webhook_url: str
    http_method: str
    raw_query_string: str
    http_referrer: str | None
    http_user_agent: str | None
    service: str
    action: str


class Call(TypedDict):
    """Receiver: run the handler for a stored, claimed text; ``remaining`` seconds are left for the answer."""

    type: Literal["call"]
    call: str
    service: str
    webhook: str
    sid: str
    payload: list[tuple[str, str]]
    request: RequestFacts
    remaining: float


class Settled(TypedDict):
    """Receiver: who delivers the replies, it (``twiml``) or, past the deadline, the kernel (``rest``)."""

    type: Literal["settled"]
    call: str
    by: Literal["twiml", "rest"]


def encode(message: Mapping[str, Any]) -> bytes:
    """Return a message as its line.

    Parameters
    ----------
    message : Mapping
        One of the messages of this module.

    Returns
    -------
    bytes
        ASCII JSON and a newline.

    Raises
    ------
    ValueError
        If the line would be longer than `LINE_LIMIT`.
    """
    line = json.dumps(message, separators=(",", ":")).encode() + b"\n"
    if len(line) > LINE_LIMIT:
        error = f"A {message.get('type')!r} message has {len(line)} bytes; at most {LINE_LIMIT} are sent."
        raise ValueError(error)
    return line


async def read(reader: StreamReader) -> dict[str, Any] | None:
    """Return the next message.

    Parameters
    ----------
    reader : asyncio.StreamReader
        Opened with ``limit=LINE_LIMIT``.

    Returns
    -------
    dict or None
        None at the end of the connection, also where it ends within a line.

    Raises
    ------
    ValueError
        If a line is too long or no JSON object with a type; the connection cannot be used any further.
    """
    line = await reader.readline()
    if not line.endswith(b"\n"):
        return None
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        error = f"A line of {len(line)} bytes on the kernels socket is no JSON object with a type."
        raise ValueError(error)
    return message
