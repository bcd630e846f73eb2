"""Who has which number, out of a list of contacts: the names that stand beside texts."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from twilio_nb.analysis.contacts import read_numbers
from twilio_nb.domain.phonebook import as_stored, known_region, region_of
from twilio_nb.errors import ConfigurationError


class Names:
    """The names of a list of contacts, by number; of several with one number the first.

    Parameters
    ----------
    contacts : pandas.DataFrame
        The list, a row a contact.
    on, name : str
        Its columns with the numbers, which may be written in any way, and with the names.
    region : str or None
        Country of numbers that name none, such as ``"DE"``.
    own : iterable of str
        Numbers of the service: their country is taken where no region is given.

    Raises
    ------
    ConfigurationError
        If a column is missing.
    InvalidAddress
        If there is no such region.
    """

    def __init__(
        self, contacts: pd.DataFrame, on: str, name: str, region: str | None, own: Iterable[str] = ()
    ) -> None:
        for column in (on, name):
            if list(contacts.columns).count(column) != 1:
                message = (
                    f"The contacts need one column {column!r}; they have {', '.join(map(str, contacts.columns))}. "
                    "Say which are meant, as in on='phone', name='name'."
                )
                raise ConfigurationError(message)
        region = region_of(map(as_stored, own)) if region is None else known_region(region)
        numbers = read_numbers(contacts[on], region)
        self._names: dict[str, str] = {}
        for (number, _), called in zip(numbers, contacts[name], strict=True):
            if number is not None and pd.notna(called) and str(called).strip():
                self._names.setdefault(number, str(called).strip())
        self._known: dict[str, str] = {}  # what was asked, since reading an address takes a while

    def of(self, address: str) -> str:
        """Return the name of whom an address is of, whatever its channel; an empty string if it has none."""
        if address not in self._known:
            self._known[address] = self._names.get(as_stored(address), "")
        return self._known[address]

    def among(self, addresses: Iterable[str], search: str) -> frozenset[str]:
        """Return those of some addresses whose name holds what is searched for, upper or lower case."""
        needle = search.strip().casefold()
        if not needle:
            return frozenset()
        return frozenset(address for address in addresses if needle in self.of(address).casefold())
