"""Texts beside a list of contacts, matched by number."""

from dataclasses import dataclass

import pandas as pd

from twilio_nb.analysis.kinds import TEXT
from twilio_nb.domain import markup
from twilio_nb.domain.markup import Markup
from twilio_nb.domain.phonebook import as_stored, e164, known_region, region_of
from twilio_nb.errors import ConfigurationError, InvalidAddress

_WHOLE = {"bool", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}


@dataclass(frozen=True, repr=False)
class MergedContacts(markup.Shown):
    """Texts with their contacts, and everything that found no partner. Shows itself.

    Attributes
    ----------
    frame : pandas.DataFrame
        Every text, once, in its order, with the contact's columns beside it; the number that was matched, in
        E.164 form, under the name of the contacts' column.
    numbers_without_contact : pandas.DataFrame
        Each number that texts are from or to and no contact has, and its ``texts``, the most first; null for
        texts that lack it.
    contacts_without_texts : pandas.DataFrame
        Contacts as they were given, whose number no text is from or to.
    duplicate_contacts : pandas.DataFrame
        Contacts as they were given, of which several have the same number; the first of them was used.
    unreadable_contacts : pandas.DataFrame
        Contacts as they were given, whose number could not be read, and the ``reason``.
    region : str or None
        The country that numbers without a country were taken to be of.
    """

    frame: pd.DataFrame
    numbers_without_contact: pd.DataFrame
    contacts_without_texts: pd.DataFrame
    duplicate_contacts: pd.DataFrame
    unreadable_contacts: pd.DataFrame
    region: str | None

    def _lines(self) -> dict[str, str]:
        strange, twice, unread = (
            self.numbers_without_contact,
            self.duplicate_contacts,
            self.unreadable_contacts,
        )
        alone = int(strange["texts"].sum())
        reasons = [f"{count:,} × {why}" for why, count in unread["reason"].value_counts().items()]
        return {
            "frame": f"{len(self.frame) - alone:,} of {len(self.frame):,} texts belong to a contact",
            "numbers_without_contact": f"{len(strange):,}, with {alone:,} texts",
            "contacts_without_texts": f"{len(self.contacts_without_texts):,}",
            "duplicate_contacts": f"{len(twice):,}"
            + "; the first of each number was used" * (len(twice) > 0),
            "unreadable_contacts": f"{len(unread):,}" + f": {'; '.join(reasons)}" * (len(unread) > 0),
            "region": self.region or "none: numbers need a '+'",
        }

    def _text(self) -> str:
        return "\n".join(f"{name:<24} {value}" for name, value in self._lines().items())

    def _html(self) -> Markup:
        return markup.frame(markup.facts(self._lines()))


def merge_contacts(
    texts: pd.DataFrame,
    contacts: pd.DataFrame,
    on: str = "phone",
    *,
    region: str | None = None,
) -> MergedContacts:
    """Put the columns of a list of contacts beside each text, matched by the number of whom it was exchanged with.

    Numbers may be written in any way: ``whatsapp:+1…``, with blanks and brackets, without their country, or as the
    int or float that a spreadsheet made of them. No text and no contact is dropped: what has no partner, a
    number twice or none that can be read is in the result.

    Parameters
    ----------
    texts : pandas.DataFrame
        Texts with ``direction``, ``from`` and ``to``: the number is that of the sender of an inbound text, and of
        the recipient of any other.
    contacts : pandas.DataFrame
        The list, a row a contact.
    on : str
        Its column with the numbers.
    region : str, optional
        Country of numbers that name none, such as ``"DE"``; that of the service's own numbers in the texts, if
        they are of one, when not given.

    Returns
    -------
    MergedContacts
        ``frame`` and what was not matched; a column of the contacts that texts have too ends in ``_contact``.

    Raises
    ------
    ConfigurationError
        If a column is missing.
    InvalidAddress
        If there is no such region.

    Examples
    --------
    >>> merged = twilio_nb.merge_contacts(texts, pandas.read_excel("contacts.xlsx"), on="phone")
    >>> merged.frame.groupby("name")["sid"].count()
    """
    for name in ("direction", "from", "to"):
        if name not in texts.columns:
            message = f"The texts have no column {name!r}, which says whose they are; read them with it."
            raise ConfigurationError(message)
    if list(contacts.columns).count(on) != 1:
        message = f"The contacts need one column {on!r}; they have {', '.join(map(str, contacts.columns))}."
        raise ConfigurationError(message)
    inbound = (texts["direction"] == "inbound").fillna(False).astype(bool)
    # As objects, for of two categories one takes no values of the other.
    sender, recipient = texts["from"].astype(object), texts["to"].astype(object)
    own = _stored(recipient.where(inbound, sender).dropna().drop_duplicates())
    region = region_of(own) if region is None else known_region(region)
    keys = _stored(sender.where(inbound, recipient))

    read = read_numbers(contacts[on], region)
    numbers = pd.Series([number for number, _ in read], contacts.index, TEXT)
    reasons = pd.Series([reason for _, reason in read], contacts.index, TEXT)
    readable, twice = numbers.notna(), numbers.duplicated(keep=False) & numbers.notna()
    first = readable & ~numbers.duplicated()

    found = _nullable(contacts[first].drop(columns=[on]))
    taken = {name: f"{name}_contact" for name in (*found.columns, on) if name in texts.columns}
    found = found.rename(columns=taken)
    key = taken.get(on, on)
    found.index = pd.Index(numbers[first])
    frame = pd.concat(
        [
            texts,
            pd.Series(keys.array, texts.index, name=key),
            found.reindex(keys.array).set_axis(texts.index),
        ],
        axis=1,
    )
    alone = (
        keys[~keys.isin(numbers.dropna())]
        .value_counts(dropna=False)
        .rename_axis(on)
        .rename("texts")
        .reset_index()
    )
    return MergedContacts(
        frame=frame,
        numbers_without_contact=alone,
        contacts_without_texts=contacts[readable & ~numbers.isin(keys)],
        duplicate_contacts=contacts[twice],
        unreadable_contacts=contacts[~readable].assign(reason=reasons[~readable]),
        region=region,
    )


def read_numbers(written: pd.Series, region: str | None) -> list[tuple[str | None, str | None]]:
    """Read the numbers of a list.

    Parameters
    ----------
    written : pandas.Series
        As people and spreadsheets write them.
    region : str or None
        Country of numbers that name none.

    Returns
    -------
    list of (str or None, str or None)
        For each the number in E.164 form, or the reason why it could not be read.
    """
    return [_read(value, region) for value in written.astype(object).where(written.notna(), None)]


def _nullable(columns: pd.DataFrame) -> pd.DataFrame:
    """Return columns in which a whole number stays one beside a text without a contact."""
    whole = {name: f"{kind}[pyarrow]" for name, kind in columns.dtypes.items() if str(kind) in _WHOLE}
    return columns.astype(whole)


def _stored(addresses: pd.Series) -> pd.Series:
    """Return the numbers of stored addresses, each different one read once."""
    known = {address: as_stored(address) for address in addresses.dropna().unique()}
    return addresses.astype(object).map(known).astype(TEXT)


def _read(value: object, region: str | None) -> tuple[str | None, str | None]:
    try:
        return e164(value, region), None
    except InvalidAddress as error:
        return None, str(error)
