"""One request as it arrived, and its answer: what the web layer and the chain behind it hand each other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from twilio_nb.domain.twiml import EMPTY

BODY_LIMIT = 64 * 1024
"""Bytes that a request may have; Twilio's have a few thousand."""

BODY_SECONDS = 10.0
"""Seconds within which a body has to come."""

REMOTE_HEADER = "X-Twilio-Nb-Remote"
"""In which Jupyter's public handler says who called it."""

# What a handler may see. Cookies and Authorization are not for it: jupyter-server-proxy hands on the
# browser's login, and the signature is of no use to anybody but who wants to send the request again.
SHOWN_HEADERS = (
    "accept",
    "content-type",
    "host",
    "i-twilio-idempotency-token",
    "referer",
    "user-agent",
    "x-home-region",
)


@dataclass(frozen=True)
class Arrival:
    """A request within the limits, not yet authenticated.

    Attributes
    ----------
    service : str
        Name of the service in its path.
    webhook : str or None
        Name of the webhook in its path; None for a status callback.
    mount : str
        What stands between base address and path: ``"twilio/"``, or ``"twilio-nb/"`` behind a login.
    method : str
        ``"GET"`` or ``"POST"``.
    form : tuple of (str, str)
        Decoded parameters, in order, blank values included: of the body, or of the query for a GET.
    query : str
        The query string, as it was sent.
    headers : Mapping
        Headers by lower-case name.
    remote : str
        Address of the caller as far as it is known.
    time : datetime
        When it arrived, aware.
    began : float
        The same on the event loop's clock, in seconds.
    """

    service: str
    webhook: str | None
    mount: str
    method: str
    form: tuple[tuple[str, str], ...]
    query: str
    headers: Mapping[str, str] = field(repr=False)
    remote: str
    time: datetime
    began: float

    @property
    def signed_form(self) -> tuple[tuple[str, str], ...]:
        """What the signature covers besides the address."""
        return self.form if self.method == "POST" else ()

    @property
    def payload(self) -> list[tuple[str, str]]:
        """The parameters to keep: without the Jupyter token that may stand in the query of a GET."""
        return list(self.form) if self.method == "POST" else self._without_token(self.form)

    @property
    def shown_query(self) -> str:
        """The query string without a Jupyter token."""
        if "token" not in self.query and "%" not in self.query:  # a name may be written with percent signs
            return self.query
        pairs = parse_qsl(self.query, keep_blank_values=True)
        kept = self._without_token(pairs)
        return self.query if len(kept) == len(pairs) else urlencode(kept)

    def parameter(self, name: str) -> str:
        """Return a parameter of the query; empty if it is not there."""
        return dict(parse_qsl(self.query, keep_blank_values=True)).get(name, "")

    @property
    def shown_headers(self) -> dict[str, list[str]]:
        """The headers that a handler may see."""
        return {name: [self.headers[name]] for name in SHOWN_HEADERS if name in self.headers}

    @staticmethod
    def _without_token(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        return [(name, value) for name, value in pairs if name != "token"]


@dataclass(frozen=True)
class Answer:
    """What is answered to an authenticated request.

    Attributes
    ----------
    status : int
        HTTP status.
    twiml : str
        The body, always TwiML: Twilio would text a plain one to the sender.
    """

    status: int = 200
    twiml: str = EMPTY


NOTHING = Answer()
"""Acknowledges a text and sends nothing."""
