"""What brought a text, and as whom its handler runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from twilio_nb.receiving.protocol import RequestFacts


class Headers(Mapping[str, list[str]]):
    """Request headers, looked up in any case; each has a list of values.

    Parameters
    ----------
    headers : Mapping
        Names as they came.
    """

    def __init__(self, headers: Mapping[str, list[str]]) -> None:
        self._headers = {name.lower(): (name, values) for name, values in headers.items()}

    def __getitem__(self, name: str) -> list[str]:
        return self._headers[name.lower()][1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._headers.values())

    def __len__(self) -> int:
        return len(self._headers)

    def __repr__(self) -> str:
        return f"Headers({dict(self)!r})"


@dataclass(frozen=True)
class Request:
    """The HTTP request that brought a text, without its body.

    A text that runs from the store (pending, replayed, tested) has lost its request: then `http_method`
    is empty.

    Attributes
    ----------
    remote_ip_address : str
        Who connected, which behind a proxy is the proxy.
    request_headers : Headers
        For each name, in any case, a list of values.
    webhook_url : str
        The address as it was signed, without its query.
    http_method : str
        ``POST`` or ``GET``.
    raw_query_string : str
        The query without ``?``.
    http_referrer, http_user_agent : str or None
        These two headers.
    service, action : str
        Names of service and webhook.
    """

    remote_ip_address: str
    request_headers: Headers
    webhook_url: str
    http_method: str
    raw_query_string: str
    http_referrer: str | None
    http_user_agent: str | None
    service: str
    action: str

    @classmethod
    def from_facts(cls, facts: RequestFacts) -> "Request":
        """Read what the receiver sent.

        Returns
        -------
        Request
        """
        return cls(**{**facts, "request_headers": Headers(facts["request_headers"])})  # type: ignore[arg-type]


@dataclass(frozen=True)
class User:
    """As whom a handler runs: the system, or the user that its webhook's ``run_as`` names. Twilio logs nobody in.

    Attributes
    ----------
    id : str or None
        The user's name; None for the system, which has none.
    type : str
        ``system`` or ``normal``.
    data, custom_data : dict
        Empty.
    identities : tuple
        Empty.
    """

    id: str | None = None
    type: str = "system"
    data: dict[str, Any] = field(default_factory=dict)
    custom_data: dict[str, Any] = field(default_factory=dict)
    identities: tuple[Any, ...] = ()
