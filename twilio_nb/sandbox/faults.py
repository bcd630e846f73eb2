"""What the REST API was told to do wrong."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from twilio_nb.sandbox.errors import Refusal

FAULTS = ("slow", "429", "500", "hang", "close")

EXPECTED = (
    f"the body is {{fault, after, seconds, times, sends}} as JSON; fault is one of {', '.join(FAULTS)}, "
    "after (never with 429) and sends are true or false, seconds a number, times a number from 1 or null"
)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes
    ----------
    fault : str
        One of `FAULTS`: the answer comes late; is 429 with Twilio's code 20429; is 500; never comes; or
        the connection is closed in its place.
    after : bool
        Whether the request has its effect all the same.
    seconds : float
        How late a slow answer comes, and what the Retry-After of a 429 says.
    times : int or None
        Requests left to concern; None for all until told otherwise.
    sends : bool
        Whether only requests that send a message are concerned.
    """

    fault: str
    after: bool = False
    seconds: float = 1.0
    times: int | None = 1
    sends: bool = True


class Faults:
    """Holds the fault of the day; there is one at most."""

    def __init__(self) -> None:
        self._fault: Fault | None = None

    def tell(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Take an order from the controls; it takes the place of the one before.

        Parameters
        ----------
        given : mapping
            The attributes of a `Fault`, all but ``fault`` optional.

        Returns
        -------
        dict
            The order, complete.

        Raises
        ------
        Refusal
            If it makes no sense (20001).
        """
        try:
            fault = Fault(**given)
        except TypeError:
            raise Refusal(20001, what=EXPECTED) from None
        if not (
            fault.fault in FAULTS
            and type(fault.after) is type(fault.sends) is bool
            and not (fault.after and fault.fault == "429")
            and type(fault.seconds) in (int, float)
            and 0 <= fault.seconds <= 3600
            and (fault.times is None or (type(fault.times) is int and fault.times > 0))
        ):
            raise Refusal(20001, what=EXPECTED)
        self._fault = fault
        return asdict(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """Return what goes wrong with this request, if anything."""
        fault = self._fault
        if fault is None or path.startswith("/sandbox/"):
            return None
        if fault.sends and not (method == "POST" and path.endswith("/Messages.json")):
            return None
        if fault.times is not None:
            self._fault = replace(fault, times=fault.times - 1) if fault.times > 1 else None
        return fault

    def left(self) -> dict[str, Any] | None:
        """Return what is left of the order."""
        return asdict(self._fault) if self._fault else None

    def clear(self) -> None:
        """Let all be well again."""
        self._fault = None
