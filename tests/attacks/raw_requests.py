"""Signed texts as bytes on the wire, to be harmed where no HTTP library would let one, and what is answered."""

import contextlib
import json
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import httptools

from tests.attacks.vectors import Pairs, sign
from twilio_nb.storage.database import Database

INBOX = "twilio/service/myTwilio/incoming_webhook/inbox"
STATUS = "twilio/service/myTwilio/status"
FORM = "application/x-www-form-urlencoded"
SECONDS = 15.0

NOTHING = 0
"""In place of a status: the connection was closed without an answer."""


@dataclass(frozen=True)
class Entrance:
    """Where a server is reached, and what is signed for it.

    Attributes
    ----------
    port : int
        On loopback, of the server or of the proxy in front of it.
    base_url : str
        What stands before our paths on the wire.
    public : str
        What stands before them in the address that is signed.
    token : str
        What is signed with.
    """

    port: int
    base_url: str
    public: str
    token: str = field(repr=False)


def _form() -> Pairs:
    sid = ("MessageSid", "SM" + secrets.token_hex(16))
    return [sid, ("From", "+15558675309"), ("To", "+18057166646"), ("Body", "Hello! Is it you?")]


@dataclass(frozen=True)
class Text:
    """A text that Twilio has signed, ready to be sent as it is or harmed.

    Attributes
    ----------
    entrance : Entrance
        Where to.
    path : str
        Below the base address, letter by letter as it is signed and sent; a query is part of it.
    form : list of (str, str)
        Its parameters.
    is_signed : bool
        Whether the signature is sent.
    is_get : bool
        Whether the parameters stand in the query, and not in a body.
    """

    entrance: Entrance
    path: str = INBOX
    form: Pairs = field(default_factory=_form)
    is_signed: bool = True
    is_get: bool = False

    @property
    def sid(self) -> str:
        return dict(self.form)["MessageSid"]

    @property
    def target(self) -> str:
        return self.entrance.base_url + self.path

    @property
    def body(self) -> bytes:
        return b"" if self.is_get else urlencode(self.form).encode()

    @property
    def signature(self) -> str:
        signed = [] if self.is_get else self.form
        return sign(self.entrance.public + self.path, signed, self.entrance.token)

    def to(self, path: str) -> "Text":
        """The same text, signed for another path."""
        return replace(self, path=path)

    def with_(self, *pairs: tuple[str, str]) -> "Text":
        """The same text with more parameters, signed too."""
        return replace(self, form=[*self.form, *pairs])

    def as_get(self) -> "Text":
        """The same text as a GET."""
        return replace(self, path=f"{self.path}?{urlencode(self.form)}", is_get=True)

    def unsigned(self) -> "Text":
        return replace(self, is_signed=False)

    def raw(
        self,
        *lines: str,
        method: str | None = None,
        target: str | None = None,
        version: str = "HTTP/1.1",
        without: tuple[str, ...] = (),
        body: bytes | None = None,
    ) -> bytes:
        """Write the request, with more header lines, or others, or without some of its own.

        Parameters
        ----------
        lines : str
            More header lines; they follow those of its own.
        method, target, version : str, optional
            Other parts of the first line.
        without : tuple of str, optional
            Headers of its own that are left out.
        body : bytes, optional
            Another body, of which the signature does not know.

        Returns
        -------
        bytes
        """
        content = self.body if body is None else body
        own = {
            "Host": f"127.0.0.1:{self.entrance.port}",
            "User-Agent": "TwilioProxy/1.1",
            "Content-Type": FORM,
            "Content-Length": str(len(content)),
        } | ({"X-Twilio-Signature": self.signature} if self.is_signed else {})
        method = method or ("GET" if self.is_get else "POST")
        head = [f"{method} {self.target if target is None else target} {version}"]
        head += [f"{name}: {value}" for name, value in own.items() if name not in without]
        return "\r\n".join([*head, *lines, "", ""]).encode("latin-1") + content

    def chunked(self, *chunks: bytes, end: bytes = b"0\r\n\r\n", lines: tuple[str, ...] = ()) -> bytes:
        """Write the request with a chunked body: the text's own, or any bytes instead of its chunks."""
        own = b"%x\r\n%s\r\n" % (len(self.body), self.body)
        head = self.raw("Transfer-Encoding: chunked", *lines, without=("Content-Length",), body=b"")
        return head + (b"".join(chunks) or own) + end


@dataclass
class Reply:
    """What was answered: the status, or NOTHING; headers by lower-case name; the body."""

    status: int = NOTHING
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def is_kept(self) -> bool:
        """Whether the next request may be sent on the same connection."""
        ends_by_itself = {"content-length", "transfer-encoding"} & self.headers.keys() or self.status == 204
        return bool(ends_by_itself) and self.headers.get("connection", "").lower() != "close"

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["error_code"])


class Connection:
    """A connection that sends bytes and reads answers, in order."""

    def __init__(self, port: int, seconds: float = SECONDS) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self._parser = httptools.HttpResponseParser(self)
        self._has_body = True
        self._reading: Reply | None = None
        self._read: list[Reply] = []

    def send(self, request: bytes) -> None:
        self._has_body = not request.startswith(b"HEAD ")
        with contextlib.suppress(ConnectionError):  # refused before it was sent to its end
            self._socket.sendall(request)

    def read(self) -> Reply:
        """Read one answer; it is a TimeoutError if neither that nor the end comes within the time."""
        while not self._read:
            try:
                data = self._socket.recv(65536)
            except ConnectionError:
                data = b""
            if not data:
                return self._reading or Reply()
            self._parser.feed_data(data)
        return self._read.pop(0)

    def ends(self) -> bool:
        """Whether the other side closes within the time, and says nothing more."""
        try:
            return not self._read and self._socket.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        self._socket.close()

    # What the parser found

    def on_message_begin(self) -> None:
        self._reading = Reply()

    def on_header(self, name: bytes, value: bytes) -> None:
        assert self._reading
        self._reading.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        assert self._reading
        self._reading.status = self._parser.get_status_code()
        if not self._has_body:
            self.on_message_complete()

    def on_body(self, body: bytes) -> None:
        assert self._reading
        self._reading.body += body

    def on_message_complete(self) -> None:
        assert self._reading
        if self._reading.status >= 200:  # 100 announces another
            self._read.append(self._reading)


@contextlib.contextmanager
def connected(port: int, seconds: float = SECONDS) -> Iterator[Connection]:
    connection = Connection(port, seconds)
    try:
        yield connection
    finally:
        connection.close()


def ask(port: int, request: bytes, seconds: float = SECONDS) -> Reply:
    """Send one request over a connection of its own."""
    with connected(port, seconds) as connection:
        connection.send(request)
        return connection.read()


def payload(database: Database, text: Text) -> Pairs | None:
    """Return what is stored of a text; None if nothing is."""
    found = database.db["messages"].find_one({"_id": text.sid})
    return [(name, value) for name, value in found["payload"]] if found else None
