"""How many segments a text is billed as, and which character made it expensive.

A text travels as GSM-7 when every character has a place in that alphabet, else as UCS-2, where a
segment holds less than half as much: https://www.twilio.com/docs/glossary/what-is-gsm-7-character-encoding.
A segment has 140 bytes. Each of several begins with a header of six, and holds 153 septets or 67 code
units: https://www.twilio.com/docs/glossary/what-is-ucs-2-character-encoding.

So counts Twilio's service, a body as it is sent. A line break of CR and LF is two characters, both of GSM-7.
Neither an escaped character of GSM-7 nor a surrogate pair is cut in two, so a segment may end with 152 septets
or 66 units. Twilio's public calculator (https://github.com/TwilioDevEd/message-segment-calculator, 1.3.0) agrees but
for one rule, which no documentation of the service knows and which is not followed here: a character of several
code points, such as a family of emoji or a letter with a combining accent, it moves whole to the next segment,
and so now and then finds one segment more. Smart Encoding, which replaces characters before they are counted, is
a setting of a Messaging Service and not known here.
"""

from dataclasses import dataclass
from typing import Literal

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")
"""Characters written as an escape and a character: two units, in one segment."""

GSM_7_SINGLE, GSM_7_PART = 160, 153
UCS_2_SINGLE, UCS_2_PART = 70, 67
"""Units in the only segment of a text, and in each of several: their header takes the difference."""

EXPLAINED = (
    "Carriers bill a text by segments. In plain letters (GSM-7) one segment holds "
    f"{GSM_7_SINGLE} units, and of a longer text each {GSM_7_PART}: a letter is one unit, a sign such as € or [ two. "
    "A single character that is not among them, such as ’, ą or an emoji, makes the whole text travel in an alphabet "
    f"for everything (UCS-2), of which one segment holds {UCS_2_SINGLE} units, and of a longer text each {UCS_2_PART}."
)
"""What segments, units and encodings are, for who reads them beside a text."""

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2009\u202f", " "),
        **dict.fromkeys("\u00ad\u200b\u200c\u2060\ufeff", ""),
        "…": "...",
        "•": "-",
        "\t": " ",
    }
)
"""Signs that word processors and telephones put in the place of those that are typed."""


@dataclass(frozen=True)
class Segments:
    """What a body costs.

    Attributes
    ----------
    encoding : {"GSM-7", "UCS-2"}
        The alphabet the whole body travels in.
    units : int
        Its length there: septets, or UTF-16 code units.
    count : int
        Segments billed; 1 for an empty body, as Twilio reports for a picture without words.
    forced_by : str or None
        The first character that GSM-7 lacks; None when the encoding is GSM-7.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    count: int
    forced_by: str | None


def segments(body: str) -> Segments:
    """Count the segments of a body, as carriers do.

    Parameters
    ----------
    body : str
        The text as it is sent.

    Returns
    -------
    Segments
        Encoding, units, count, and the character that forced UCS-2.

    Examples
    --------
    >>> segments("Fish & chips: 9 €")
    Segments(encoding='GSM-7', units=18, count=1, forced_by=None)
    >>> segments("It’s late").forced_by
    '’'
    """
    forced_by = next((c for c in body if c not in GSM_BASIC and c not in GSM_EXTENSION), None)
    if forced_by is None:
        sizes = [2 if c in GSM_EXTENSION else 1 for c in body]
        return Segments("GSM-7", sum(sizes), _count(sizes, GSM_7_SINGLE, GSM_7_PART), None)
    sizes = [2 if c > "\uffff" else 1 for c in body]
    return Segments("UCS-2", sum(sizes), _count(sizes, UCS_2_SINGLE, UCS_2_PART), forced_by)


def plainer(body: str) -> str | None:
    """Return a body with the signs of GSM-7 for those that typesetting made of them, if that makes it GSM-7.

    Parameters
    ----------
    body : str
        The text as it was written.

    Returns
    -------
    str or None
        The same to read, and cheaper; None if it is GSM-7 already, or cannot become so by this.

    Examples
    --------
    >>> plainer("It’s late – sorry…")
    "It's late - sorry..."
    """
    replaced = body.translate(_PLAIN)
    if replaced == body or segments(replaced).forced_by is not None or segments(body).forced_by is None:
        return None
    return replaced


def _count(sizes: list[int], single: int, part: int) -> int:
    """Segments that characters of these sizes fill, none of them cut in two."""
    if sum(sizes) <= single:
        return 1
    count, free = 1, part
    for size in sizes:
        if size > free:
            count, free = count + 1, part
        free -= size
    return count
