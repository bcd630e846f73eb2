"""What is typed behind a magic: words, a text kept as typed, names to fill in, times.

Every function raises IPython's UsageError itself, never a subclass: IPython prints that one class, by
identity, in one line without a traceback.
"""

import argparse
import re
import shlex
import string
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic_arguments import MagicArgumentParser

from twilio_nb.errors import InvalidAddress

_GOES_ON = re.compile(r"[(]?\d[\d ()./-]*(?=\s|$)")
_WORD = re.compile(r"""\s*("[^"]*"|'[^']*'|\S+)""")
_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parser_of(magic: Any) -> MagicArgumentParser:
    """Return the parser that ``@magic_arguments`` left at a magic."""
    return magic.parser  # type: ignore[no-any-return]  # IPython's decorator is untyped


def parsed(magic: Any, line: str) -> argparse.Namespace:
    """Read a magic's line; options may stand before, between and behind the words."""
    parser = parser_of(magic)
    signs = "%" if parser.prog in magic.__self__.magics["line"] else "%%"
    return understood(parser, parser.parse_intermixed_args, words(line), signs)


def understood(
    parser: MagicArgumentParser,
    parse: Callable[[list[str]], argparse.Namespace],
    found: list[str],
    signs: str = "%",
) -> argparse.Namespace:
    """Read words with one of the parser's methods; what argparse says of an error is not enough to go on."""
    try:
        return parse(found)
    except UsageError as error:
        quotes = "Put what holds blanks in quotes. " if "unrecognized" in str(error) else ""
        message = f"{str(error).rstrip('.')}. {quotes}{signs}{parser.prog}? explains."
        raise UsageError(message) from None


def words(line: str) -> list[str]:
    """Split a line into words; quotes hold words together and are dropped."""
    try:
        return shlex.split(line)
    except ValueError as error:
        message = f"{error}: close the quotation in {line.strip()!r}."
        raise UsageError(message) from None


def literal(line: str, parser: argparse.ArgumentParser) -> tuple[list[str], str]:
    """Split off the options and the first word behind them; what follows stays exactly as typed.

    Parameters
    ----------
    line : str
        Such as ``--once monday +15558675309 It's "$5" {net}``.
    parser : argparse.ArgumentParser
        Knows which options take a value.

    Returns
    -------
    tuple of list of str, and str
        The words for the parser, and the text without the space before it.
    """
    actions = parser._actions
    known = {name for action in actions for name in action.option_strings}
    valued = {name for action in actions if action.nargs != 0 for name in action.option_strings}
    found: list[str] = []
    end = 0
    while match := _WORD.match(line, end):
        word, end = _unquoted(match[1]), match.end()
        found.append(word)
        if len(found) > 1 and found[-2] in valued:
            continue
        if not word.startswith("--"):
            break
    text = line[end:].lstrip()
    option = text.split(None, 1)[0].partition("=")[0] if text else ""
    if option in known:
        message = (
            f"The option {option} stands behind the recipient, where it would be sent as text. "
            "Put options first; to send a text that begins so, use %%twilio_send."
        )
        raise UsageError(message)
    return found, text


def check_unbroken(to: str, text: str) -> None:
    """Refuse a number that seems to go on in the text: a stranger would get the rest of it as a message.

    Parameters
    ----------
    to : str
        The recipient as typed.
    text : str
        What follows it.
    """
    from twilio_nb.domain.addresses import recipient  # imports phonenumbers: not while magics are loaded

    rest = _GOES_ON.match(text)
    if not to.startswith("+") or rest is None:
        return
    try:
        whole = recipient(to + rest.group())
    except InvalidAddress:
        return
    message = (
        f"Is {to + ' ' + rest.group().strip()!r} one number? Then write it without spaces, {whole}. To send a text "
        "that begins with digits, make it the cell of %%twilio_send."
    )
    raise UsageError(message)


def expression(text: str) -> Any:
    """Read a condition that is written as JSON, or as Extended JSON."""
    from bson import json_util

    try:
        return json_util.loads(text)
    except (ValueError, TypeError) as error:
        message = (
            f"The condition is no JSON ({error}). Put it in single quotes, and its names and texts in double ones: "
            """'{"From": {"$in": "%%values.staff"}}'."""
        )
        raise UsageError(message) from None


def _unquoted(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'" else word


def filled(template: str, names: Mapping[str, Any]) -> str:
    """Replace each ``{name}`` by that variable; ``{name:.2f}`` formats it, ``{{`` and ``}}`` are braces.

    Nothing but a name is looked up: no attribute, no item, no expression.
    """
    parts: list[str] = []
    try:
        fields = list(string.Formatter().parse(template))
    except ValueError as error:
        message = (
            f"--format cannot read the text ({error}); write {{{{ and }}}} for braces that are meant as such."
        )
        raise UsageError(message) from None
    for before, name, specification, conversion in fields:
        parts.append(before)
        if name is None:
            continue
        if not name.isidentifier() or conversion or (specification and "{" in specification):
            message = (
                f"--format fills in plain names such as {{name}} or {{price:.2f}}; it cannot read {{{name}}}."
            )
            raise UsageError(message)
        if name not in names:
            message = f"--format found no variable {name!r} in the notebook; define it first."
            raise UsageError(message)
        try:
            parts.append(format(names[name], specification or ""))
        except (TypeError, ValueError) as error:
            message = f"--format cannot write {name!r} as {specification!r}: {error}."
            raise UsageError(message) from None
    return "".join(parts)


def moment(text: str, now: datetime) -> datetime:
    """Return a time that is given as an age (``90m``, ``2h``, ``1d``) or in ISO 8601.

    A time without a zone is UTC, as in the frames.
    """
    age = _AGO.fullmatch(text.strip())
    try:
        if age:
            return now - timedelta(**{_UNITS[age[2]]: float(age[1])})
        time = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        message = (
            f"{text!r} is no time; give an age such as 90m, 2h or 1d, or a date such as 2026-11-23T08:00."
        )
        raise UsageError(message) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
