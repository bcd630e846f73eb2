"""Bodies brought into the one form in which they are compared, and words found in them.

People text "Yes!!", "ＹＥＳ" and "yes " and mean the same; a phone turns ' into ’ by itself.
"""

import re
import unicodedata
from collections.abc import Iterable

# What nobody sees: soft hyphens, zero-width blanks, marks of direction, and the selectors that make a sign an
# emoji on one phone and not on another. The joiners of emoji and of Indic and Persian words stay.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufe0e\ufe0f\ufeff]")
_QUOTES = str.maketrans(dict.fromkeys("‘’‛ʼ", "'") | dict.fromkeys("“”„‟", '"'))
_KEYCAP = "\u20e3"  # makes an emoji of the # or * before it

# What belongs to the word before it: letters, digits, and the marks of scripts, which \w does not know.
_PART = (
    r"[\w\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    r"\u0900-\u0963\u0966-\u0dff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
# Scripts that put no blanks between words: Thai, Lao, Burmese, Khmer, Chinese and Japanese.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def normalized(text: str) -> str:
    r"""Return a text in the form in which texts are compared.

    Parameters
    ----------
    text : str
        A body.

    Returns
    -------
    str
        In Unicode's form NFKC, case folded, curly quotes straight, invisible marks removed, each run of blanks
        a single space; punctuation and blanks at both ends are gone. Emoji and other symbols stay.

    Examples
    --------
    >>> normalized("  «ＹＥＳ,\nplease!!» "), normalized("I’m in 👍️.")
    ('yes, please', "i'm in 👍")
    """
    folded = " ".join((text.lower() if text.isascii() else _folded(text)).split())
    start, end = 0, len(folded)
    while start < end and _is_edge(folded[start]) and folded[start + 1 : start + 2] != _KEYCAP:
        start += 1
    while end > start and _is_edge(folded[end - 1]):
        end -= 1
    return folded[start:end]


def whole(phrases: Iterable[str]) -> str:
    """Return a pattern that finds words and phrases in a normalised text, whole, and the longest first.

    Parameters
    ----------
    phrases : iterable of str
        Normalised already. One that begins or ends with no letter, such as an emoji, or in a script without
        blanks between words, need not stand apart there.

    Returns
    -------
    str
        For `re`; it matches nothing where there is no phrase.
    """
    found = sorted({phrase for phrase in phrases if phrase}, key=len, reverse=True)
    return "|".join(map(_apart, found)) or r"(?!)"


def _folded(text: str) -> str:
    folded = _INVISIBLE.sub("", text)
    for _ in range(2):  # folding may take apart what NFKC puts together, and the other way round
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold())
    return folded.translate(_QUOTES)


def _apart(phrase: str) -> str:
    before = rf"(?<!{_PART})" if _joins(phrase[0]) else ""
    after = rf"(?!{_PART}|'\w)" if _joins(phrase[-1]) else ""  # "can't" does not say "can"
    return before + re.escape(phrase) + after


def _joins(character: str) -> bool:
    """Whether a letter beside this one would make another word of it."""
    return bool(re.match(_PART, character)) and not _UNSPACED.match(character)


def _is_edge(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "PZ" or category == "Cc"
