"""Whom a text is for, out of what a person typed, or of a column of a table."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from twilio_nb.domain.addresses import recipient
from twilio_nb.errors import InvalidAddress

_BETWEEN = re.compile(r"[,;\n]+")
_EMPTY = ("", "<NA>")  # the latter is how pandas writes a cell without a value


@dataclass(frozen=True)
class Fault:
    """What cannot be texted.

    Attributes
    ----------
    place : str
        Where it stands: its row in the column, or its place among what was typed, from 1.
    sentence : str
        What was found and what was expected, with the nearest correct form if there is one.
    """

    place: str
    sentence: str


@dataclass(frozen=True)
class Recipients:
    """Who is texted.

    Attributes
    ----------
    addresses : tuple of str
        In E.164 form, with their channel if they had one; each once, in the order of the first mention.
    faults : tuple of Fault
        What is none.
    repeated : int
        How many were there before; nobody is texted twice.
    """

    addresses: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    repeated: int = 0


def typed(text: str) -> Recipients:
    """Read recipients that stand between commas, semicolons or ends of lines.

    Parameters
    ----------
    text : str
        Such as ``"+1 555 867 5309, whatsapp:+15558675310"``.

    Returns
    -------
    Recipients

    Examples
    --------
    >>> typed("+1 555 867 5309, +15558675309").addresses
    ('+15558675309',)
    """
    parts = [part.strip() for part in _BETWEEN.split(text)]
    return listed(enumerate(filter(None, parts), 1))


def listed(column: Iterable[tuple[object, object]]) -> Recipients:
    """Read recipients of a column.

    Parameters
    ----------
    column : iterable of (object, object)
        The name of each row, and what stands there. Empty cells are faults too: who was meant gets nothing.

    Returns
    -------
    Recipients
    """
    addresses: dict[str, None] = {}
    faults, repeated = [], 0
    for place, value in column:
        if value is None or value != value or str(value).strip() in _EMPTY:
            faults.append(Fault(str(place), "It is empty."))
            continue
        # A float is what pandas makes of whole numbers beside an empty cell.
        whole = int(value) if isinstance(value, float) and value.is_integer() else value
        try:
            address = recipient(str(whole))
        except InvalidAddress as error:
            faults.append(Fault(str(place), str(error)))
            continue
        repeated += address in addresses
        addresses[address] = None
    return Recipients(tuple(addresses), tuple(faults), repeated)
