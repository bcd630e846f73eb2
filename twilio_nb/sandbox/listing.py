"""Lists as Twilio answers them: filtered by date, cut into pages that point at each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

from twilio_nb.sandbox.errors import Refusal

PAGE_SIZE, LARGEST_PAGE = 50, 1000


class Listed(Protocol):
    """Something that stands in a list."""

    sequence: int

    def record(self) -> dict[str, Any]:
        """Return it as JSON."""
        ...


@dataclass(frozen=True)
class _Cut:
    """A page of a list, and the addresses of those around it."""

    shown: list[Listed]
    number: int
    size: int
    first: str
    own: str
    next: str | None
    previous: str | None


def page(path: str, query: Mapping[str, list[str]], key: str, items: Sequence[Listed]) -> dict[str, Any]:
    """One page of a list, in the envelope of the API of 2010.

    A token names the item before or after which a page begins, so that what arrives meanwhile
    neither repeats nor hides a row.

    Parameters
    ----------
    path : str
        Of the list, with which its pages' addresses begin.
    query : mapping of str to list of str
        The request's parameters; PageSize, Page and PageToken are obeyed, the others kept in
        the addresses.
    key : str
        Under which the records stand.
    items : sequence of Listed
        The whole list, newest first.

    Returns
    -------
    dict
        The envelope.

    Raises
    ------
    Refusal
        If PageSize, Page or PageToken is none (20001).
    """
    cut = _cut(path, query, items)
    start = cut.number * cut.size
    return {
        "end": start + max(len(cut.shown) - 1, 0),
        "first_page_uri": cut.first,
        "next_page_uri": cut.next,
        "page": cut.number,
        "page_size": cut.size,
        "previous_page_uri": cut.previous,
        "start": start,
        "uri": cut.own,
        key: [item.record() for item in cut.shown],
    }


def page_of_v1(url: str, query: Mapping[str, list[str]], key: str, items: Sequence[Listed]) -> dict[str, Any]:
    """One page of a list, in the envelope of the newer APIs; as `page`, but for an absolute address."""
    cut = _cut(url, query, items)
    return {
        "meta": {
            "first_page_url": cut.first,
            "key": key,
            "next_page_url": cut.next,
            "page": cut.number,
            "page_size": cut.size,
            "previous_page_url": cut.previous,
            "url": cut.own,
        },
        key: [item.record() for item in cut.shown],
    }


def _cut(path: str, query: Mapping[str, list[str]], items: Sequence[Listed]) -> _Cut:
    size = min(_count(query, "PageSize", PAGE_SIZE) or PAGE_SIZE, LARGEST_PAGE)
    number = _count(query, "Page", 0)
    token = query.get("PageToken", [""])[0]
    if token:
        side, sequence = token[:2], _sequence(token)
        if side == "PA":
            shown = [item for item in items if item.sequence < sequence][:size]
        else:
            shown = [item for item in items if item.sequence > sequence][-size:]
    else:
        shown = list(items[number * size : (number + 1) * size])
    kept = [(k, v) for k, values in query.items() for v in values if not k.startswith("Page")]

    def address(number: int, token: str = "") -> str:
        paging = [("PageSize", str(size)), ("Page", str(number))]
        return f"{path}?{urlencode([*kept, *paging, *([('PageToken', token)] if token else [])])}"

    more = bool(shown) and shown[-1].sequence > items[-1].sequence
    before = number > 0 and bool(shown) and shown[0].sequence < items[0].sequence
    return _Cut(
        shown,
        number,
        size,
        first=address(0),
        own=address(number, token),
        next=address(number + 1, f"PA{shown[-1].sequence:032x}") if more else None,
        previous=address(number - 1, f"PB{shown[0].sequence:032x}") if before else None,
    )


def within(time: datetime | None, query: Mapping[str, list[str]], name: str) -> bool:
    """Whether a time passes the filters ``name``, ``name<`` and ``name>`` of a query.

    The bounds belong to the range, as in ``DateSent>=2026-11-01``; a date stands for its whole day.

    Raises
    ------
    Refusal
        If a bound is neither a date nor a time of ISO 8601 (20001).
    """
    for operator in ("", "<", ">"):
        text = query.get(name + operator, [""])[0]
        if not text:
            continue
        first, last = _span(text, name + operator)
        if time is None:
            return False
        second = time.replace(microsecond=0)  # records show whole seconds, and filters compare what is shown
        if operator != "<" and second < first:
            return False
        if operator != ">" and second > last:
            return False
    return True


def _span(text: str, name: str) -> tuple[datetime, datetime]:
    """Return the first and the last second that a date or time means."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(20001, what=f"{name}={text}") from None
    time = time.replace(tzinfo=time.tzinfo or UTC)
    return time, time + timedelta(days=1, seconds=-1) if len(text) == len("2026-11-01") else time


def _count(query: Mapping[str, list[str]], name: str, default: int) -> int:
    text = query.get(name, [""])[0]
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refusal(20001, what=f"{name}={text}")
    return int(text)


def _sequence(token: str) -> int:
    try:
        if token[:2] in ("PA", "PB"):
            return int(token[2:], 16)
    except ValueError:
        pass
    raise Refusal(20001, what=f"PageToken={token}")
