"""Telephone numbers as people keep them in lists: written for their own country, or gone through a spreadsheet."""

import math
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import NoReturn

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from twilio_nb.errors import InvalidAddress

_CHANNEL = re.compile(r"(?:whatsapp|rcs|sms|tel):", re.IGNORECASE)
_SHORT_CODE = re.compile(r"[0-9]{3,6}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORTENED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]{1,2}", re.IGNORECASE)  # as a spreadsheet shows it


def e164(value: object, region: str | None = None) -> str:
    """Return a number of a list in the form that Twilio uses.

    Parameters
    ----------
    value : object
        A string, with or without ``whatsapp:`` before it; or the int or float that a spreadsheet made of one,
        by which it lost its ``+`` and the zeros before it.
    region : str, optional
        Country of numbers that name none, in two letters, such as ``"US"``.

    Returns
    -------
    str
        In E.164 form; a short code as it is.

    Raises
    ------
    InvalidAddress
        If it is no number, or names no country and there is no region. What was given is not repeated.

    Examples
    --------
    >>> e164("0171 2345678", "DE"), e164(1.5558675309e10, "US"), e164("whatsapp:+15558675309")
    ('+491712345678', '+15558675309', '+15558675309')
    """
    written = _written(value)
    if _SHORT_CODE.fullmatch(written):
        return written
    if region is None and not written.startswith(("+", "00")):
        _refuse(
            "it names no country: write it with '+', or give the region of such numbers, as in region='US'"
        )
    if region is None and written.startswith("00"):
        written = "+" + written[2:]
    number = _parsed(written, region)
    if number is None and written.isdigit():  # from abroad, and a spreadsheet took its +
        abroad = _parsed("+" + written, None)
        number = abroad if abroad and phonenumbers.is_valid_number(abroad) else None
    if number is None:
        _refuse("no number has that form" + (f" in {region} or with a country's code" if region else ""))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def as_stored(address: str) -> str:
    """Return the number of an address of a stored text, without its channel; what is no number stays as it is.

    Parameters
    ----------
    address : str
        Such as ``"whatsapp:+15558675309"``, ``"+15558675309"`` or ``"MyCafe"``.
    """
    plain = _CHANNEL.sub("", address.strip(), count=1).strip()
    if _E164.fullmatch(plain):
        return plain
    try:
        return e164(plain)
    except InvalidAddress:
        return plain


def region_of(numbers: Iterable[str]) -> str | None:
    """Return the country that numbers have in common, or None.

    Parameters
    ----------
    numbers : iterable of str
        In E.164 form; what is none is passed over.

    Returns
    -------
    str or None
        In two letters; the main one where countries share a code, such as "US" for +1.
    """
    codes = {found.country_code or 0 for number in numbers if (found := _parsed(number, None))}
    return phonenumbers.region_code_for_country_code(codes.pop()) if len(codes) == 1 else None


def known_region(region: str) -> str:
    """Return a region as it is written in tables of numbers.

    Raises
    ------
    InvalidAddress
        If there is none.
    """
    plain = region.strip().upper()
    if plain not in phonenumbers.SUPPORTED_REGIONS:
        message = f"{region!r} is no region of telephone numbers; write a country in two letters, such as 'US' or 'DE'."
        raise InvalidAddress(message)
    return plain


def _written(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        _refuse("no number")
    if isinstance(value, int | float):
        if isinstance(value, bool) or value < 0 or not float(value).is_integer():
            _refuse("it is a number of another kind")
        return str(int(value))
    text = unicodedata.normalize("NFKC", str(value))
    text = "".join(char for char in text if unicodedata.category(char) != "Cf").strip()
    text = _CHANNEL.sub("", text.lstrip("'").strip(), count=1).strip()  # the mark of text in a spreadsheet
    if not text:
        _refuse("no number")
    text = re.sub(r"\.0+$", "", text)
    if _SHORTENED.fullmatch(text):
        shown = Decimal(text.upper().replace(",", "."))
        exponent = shown.as_tuple().exponent
        if not isinstance(exponent, int) or exponent > 0:
            _refuse("a spreadsheet shortened it and its last digits are lost: format the column as text")
        return str(int(shown))
    return text


def _parsed(written: str, region: str | None) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(written, region)
    except NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def _refuse(reason: str) -> NoReturn:
    raise InvalidAddress(reason)
