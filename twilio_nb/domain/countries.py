"""The country of a telephone number, by name."""

from functools import cache
from importlib.resources import files

import phonenumbers
import tzdata.zoneinfo


def country(address: str) -> str | None:
    """Return the country of a number and its calling code.

    Parameters
    ----------
    address : str
        A number in E.164 form, with or without a channel before it.

    Returns
    -------
    str or None
        None where that cannot be said: no number, or one of no country.

    Examples
    --------
    >>> country("whatsapp:+4915112345678")
    'Germany (+49)'
    """
    try:
        number = phonenumbers.parse(address.rpartition(":")[2])
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(number)
    if region is None:  # a number that nobody has, of a code that several countries may share
        region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    name = _names().get(region)
    return f"{name} (+{number.country_code})" if name else None


@cache
def _names() -> dict[str, str]:
    """Read the table of ISO 3166 that comes with the time zones: code, tab, name."""
    table = (files(tzdata.zoneinfo) / "iso3166.tab").read_text(encoding="utf-8")
    lines = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {line[0]: line[1] for line in lines}
