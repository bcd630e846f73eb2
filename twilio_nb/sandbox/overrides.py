"""What the fragment of a webhook's address sets: ``https://example.com/sms#rc=2&rp=ct,5xx``.

https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

from dataclasses import dataclass, field
from urllib.parse import parse_qs

OFF_THIS_MACHINE = 11210
"""Twilio's code for an address that it cannot look up; here, for one that is not asked."""


class CallFailed(Exception):
    """A webhook that gave no usable answer.

    Attributes
    ----------
    code : int
        Twilio's code for it, such as 11200.
    cause : str
        Which retry policy covers it: ct, rt, 4xx, 5xx, or none.
    """

    def __init__(self, code: int, message: str, cause: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.cause = cause


@dataclass(frozen=True)
class Overrides:
    """How patiently, and how often, an address is called.

    Attributes
    ----------
    connect, read, total : float
        Seconds: ``ct``, ``rt``, ``tt`` (milliseconds in the fragment). The total includes retries.
    retries : int
        ``rc``.
    policy : frozenset of str
        ``rp``: what is retried; connections that fail unless told otherwise.
    """

    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0
    retries: int = 1
    policy: frozenset[str] = field(default_factory=lambda: frozenset({"ct"}))

    @classmethod
    def of(cls, url: str) -> "Overrides":
        """Read the fragment of an address; what makes no sense there is passed over."""
        given = {key: values[0] for key, values in parse_qs(url.partition("#")[2]).items()}

        def seconds(key: str, low: int, default: float) -> float:
            text = given.get(key, "")
            return min(max(int(text), low), 15_000) / 1000 if text.isdecimal() else default

        retries = given.get("rc", "")
        return cls(
            connect=min(seconds("ct", 100, cls.connect), 10.0),
            read=seconds("rt", 100, cls.read),
            total=seconds("tt", 100, cls.total),
            retries=min(int(retries), 5) if retries.isdecimal() else cls.retries,
            policy=frozenset(given["rp"].split(",")) if "rp" in given else frozenset({"ct"}),
        )

    def cover(self, failure: CallFailed) -> bool:
        """Whether this failure is one to retry."""
        return bool(failure.cause) and bool({"all", failure.cause} & self.policy)
