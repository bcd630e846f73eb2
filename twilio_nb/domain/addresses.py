"""Addresses: telephone numbers, senders and channel addresses, as Twilio writes them.

Only what a person enters is checked here. Who texts us is taken as he comes: Twilio passes on short codes and
raw caller ids.
"""

import re
import unicodedata
from typing import NoReturn

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from twilio_nb.errors import InvalidAddress

_CHANNEL = re.compile(r"(whatsapp|rcs|messenger):(.*)", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"\+[0-9 ().\u2010-\u2015/-]+")
_SHORT_CODE = re.compile(r"[0-9]{3,6}")
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_+-]{1,11}")
_SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")
_CHANNEL_NAME = re.compile(r"[A-Za-z0-9._@:-]{1,100}")

_EXPECTED = "a telephone number with '+' and its country's code"
_FAULTS = {
    ValidationResult.TOO_SHORT: "it is too short",
    ValidationResult.TOO_LONG: "it is too long",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "it lacks its area's code",
    ValidationResult.INVALID_LENGTH: "no number there has that length",
    ValidationResult.INVALID_COUNTRY_CODE: "no country has that code",
}


def recipient(text: str) -> str:
    """Return the address of a recipient in the form that Twilio expects.

    Parameters
    ----------
    text : str
        A number that starts with ``+``, with or without spaces, hyphens, dots and parentheses; or one with a
        channel before it, ``whatsapp:+…``.

    Returns
    -------
    str
        The number in E.164 form, with its channel if it had one.

    Raises
    ------
    InvalidAddress
        If it is none; the message has the nearest correct form, where there is one. Only the form is
        checked: whether a number is in service only Twilio knows.

    Examples
    --------
    >>> recipient("+1 (555) 867-5309")
    '+15558675309'
    """
    channel, address = _split(text)
    if channel == "messenger" and _CHANNEL_NAME.fullmatch(address):
        return f"messenger:{address}"
    return f"{channel}:{_number(text, channel, address)}" if channel else _number(text, channel, address)


def sender(text: str) -> str:
    """Return the address of a sender in the form that Twilio expects.

    Parameters
    ----------
    text : str
        A number that starts with ``+``; a short code; a name of up to 11 letters and digits; the SID of a
        Messaging Service; or one with a channel before it, ``whatsapp:+…``, ``rcs:…``, ``messenger:…``.

    Returns
    -------
    str
        The address; a number in E.164 form.

    Raises
    ------
    InvalidAddress
        If it is none; the message has the nearest correct form, where there is one.

    Examples
    --------
    >>> sender("+1 555-867-5310"), sender("MyCafe")
    ('+15558675310', 'MyCafe')
    """
    channel, address = _split(text)
    if channel in {"rcs", "messenger"} and _CHANNEL_NAME.fullmatch(address):
        return f"{channel}:{address}"
    if not channel and not address.startswith("+"):
        if _SHORT_CODE.fullmatch(address) or _SERVICE_SID.fullmatch(address) or _NAME.fullmatch(address):
            return address
        if _nearest(address) is None:
            message = (
                f"{_shown(text)} is no sender; expected {_EXPECTED}, a short code, "
                "up to 11 letters and digits, or the SID of a Messaging Service (MG and 32 hex digits)."
            )
            raise InvalidAddress(message)
    return f"{channel}:{_number(text, channel, address)}" if channel else _number(text, channel, address)


def correspondent(text: str) -> str:
    """Return the address under which the texts of somebody are stored.

    Parameters
    ----------
    text : str
        An address in any form that `sender` takes; or what Twilio called a sender that is no number, letter by
        letter, for texts are stored with any sender.

    Returns
    -------
    str
        The address as it is stored.

    Raises
    ------
    InvalidAddress
        If it is a number, and not one that can be dialled; the message has the nearest correct form.

    Examples
    --------
    >>> correspondent("+1 555-867-5310"), correspondent("(unknown)")
    ('+15558675310', '(unknown)')
    """
    try:
        return sender(text)
    except InvalidAddress:
        if not isinstance(text, str) or _nearest(_split(text)[1]) is not None:  # a number was meant
            raise
        return text


def masked(address: str) -> str:
    """Return what may be shown of an address in a log: the last four digits of a number, else nothing.

    Parameters
    ----------
    address : str
        Any sender or recipient, also one that is no number.

    Returns
    -------
    str
        At most four digits after an ellipsis.

    Examples
    --------
    >>> masked("whatsapp:+15558675309")
    '…5309'
    """
    digits = _digits(address)
    return f"…{digits[-4:]}" if len(digits) > 4 else "…"


def masked_in(text: str) -> str:
    """Return a sentence for a log: of each number in it, only the last four digits.

    Parameters
    ----------
    text : str
        Such as an error of Twilio's, which may quote the number it is about.

    Returns
    -------
    str
        The same text otherwise.

    Examples
    --------
    >>> masked_in("The 'To' number +15558675309 is not valid.")
    "The 'To' number …5309 is not valid."
    """
    return re.sub(r"\+[0-9]{5,15}", lambda found: masked(found[0]), text)


def _split(text: object) -> tuple[str, str]:
    """Return channel, in lower case, and address.

    Full-width digits and signs become ordinary ones, and the invisible marks go that come along when a number
    is copied from a page.
    """
    given = str(text) if isinstance(text, str | int) else ""
    plain = "".join(
        char for char in unicodedata.normalize("NFKC", given) if unicodedata.category(char) != "Cf"
    ).strip()
    if channel := _CHANNEL.fullmatch(plain):
        return channel.group(1).lower(), channel.group(2).strip()
    return "", plain


def _number(text: object, channel: str, address: str) -> str:
    if not _NUMBER.fullmatch(address):
        found = "it holds more than a number" if address.startswith("+") else "it does not start with '+'"
        if isinstance(text, list | tuple | set):
            found = f"it holds {len(text)}, so take one at a time, for number in numbers: …"
        _refuse(text, channel, found, _nearest(address))
    try:
        number = phonenumbers.parse("+" + _digits(address))
    except NumberParseException as error:
        unknown = error.error_type == NumberParseException.INVALID_COUNTRY_CODE and len(_digits(address)) > 3
        found = "no country has that code" if unknown else "it is too short"
        _refuse(text, channel, found, _nearest(address))
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != ValidationResult.IS_POSSIBLE:
        _refuse(text, channel, _FAULTS.get(reason, "it cannot be dialled"), _nearest(address))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _nearest(address: str) -> str | None:
    """Guess the number that was meant: dialled from abroad, or in North America, or without its ``+``."""
    digits = _digits(address)
    guesses: list[tuple[str, str | None]] = []
    if abroad := re.fullmatch(r"(?:00|011)(.+)", digits):
        guesses.append(("+" + abroad[1], None))
    if len(digits.removeprefix("1")) == 10:
        guesses.append((digits, "US"))
    guesses.append(("+" + digits, None))
    for guess, region in guesses:
        try:
            number = phonenumbers.parse(guess, region)
        except NumberParseException:
            continue
        if phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE:
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return None


def _digits(address: str) -> str:
    return re.sub(r"[^0-9]", "", address)


def _refuse(text: object, channel: str, found: str, nearest: str | None) -> NoReturn:
    prefix = f"{channel}:" if channel else ""
    advice = f"did you mean '{prefix}{nearest}'?" if nearest else f"for example '{prefix}+15558675309'."
    message = f"{_shown(text)} is not {_EXPECTED}: {found}; {advice}"
    raise InvalidAddress(message)


def _shown(text: object) -> str:
    """Return what was given, as an error may name it: of another object, which may hold texts, the kind."""
    return repr(str(text)[:60]) if text is None or isinstance(text, str | int) else f"A {type(text).__name__}"
