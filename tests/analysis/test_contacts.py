"""Texts beside a list of contacts: nothing of either is lost."""

import pandas as pd
import pytest

from tests.analysis.made import ANN, BOB, OURS, texts
from twilio_nb.analysis.contacts import merge_contacts
from twilio_nb.errors import ConfigurationError, InvalidAddress

TEXTS = texts(
    {"body": "hi"},
    {"body": "hello", "direction": "outbound-reply"},
    {"body": "hey", "from": f"whatsapp:{ANN}"},
    {"body": "who?", "from": BOB},
    {"body": "offer", "from": "MyCafe"},
)


def contacts(*numbers: object, **columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame(
        {"phone": pd.Series(numbers, dtype=object), "name": [f"n{n}" for n in range(len(numbers))]} | columns
    )


@pytest.mark.parametrize(
    "number", ["(555) 867-5309", "+1 555 867 5309", "whatsapp:+15558675309", 1.5558675309e10, 5558675309]
)
def test_both_sides_of_a_conversation_belong_to_the_contact(number: object) -> None:
    merged = merge_contacts(TEXTS, contacts(number))

    assert merged.frame["name"].fillna("").tolist() == ["n0", "n0", "n0", "", ""]
    assert merged.frame["phone"].tolist() == [ANN, ANN, ANN, BOB, "MyCafe"]


def test_a_column_of_floats_as_excel_makes_it_is_read() -> None:
    listed = pd.DataFrame({"phone": [15558675309.0, None, 15550001111.0], "name": ["Ann", "x", "Bob"]})

    merged = merge_contacts(TEXTS, listed)

    assert merged.frame["name"].fillna("").tolist() == ["Ann", "Ann", "Ann", "Bob", ""]
    assert merged.unreadable_contacts["reason"].tolist() == ["no number"]


def test_every_text_stays_once_and_as_it_was() -> None:
    shuffled = TEXTS.iloc[[3, 0, 4, 2, 1]]

    merged = merge_contacts(shuffled, contacts(ANN, ANN, BOB))

    assert merged.frame[TEXTS.columns.tolist()].equals(shuffled)


def test_texts_whose_numbers_are_categories_find_their_contacts_too() -> None:
    packed = TEXTS.astype(dict.fromkeys(("direction", "from", "to"), "category"))

    merged = merge_contacts(packed, contacts(ANN))

    assert merged.frame["name"].fillna("").tolist() == ["n0", "n0", "n0", "", ""]
    assert merged.frame[TEXTS.columns.tolist()].equals(packed)


def test_what_has_no_partner_is_reported() -> None:
    merged = merge_contacts(TEXTS, contacts(ANN, "+15557777777", "nonsense"))

    assert merged.numbers_without_contact.to_numpy().tolist() == [[BOB, 1], ["MyCafe", 1]]
    assert merged.contacts_without_texts["name"].tolist() == ["n1"]
    assert merged.unreadable_contacts["name"].tolist() == ["n2"]


def test_contacts_with_the_same_number_are_reported_and_the_first_is_used() -> None:
    merged = merge_contacts(TEXTS, contacts("555-867-5309", BOB, ANN))

    assert merged.duplicate_contacts["name"].tolist() == ["n0", "n2"]
    assert merged.frame["name"].iloc[0] == "n0"
    assert len(merged.frame) == len(TEXTS)


def test_a_number_without_country_is_of_the_country_of_our_own_numbers() -> None:
    german = texts({"from": "+491712345678", "to": "+4930123456"})

    merged = merge_contacts(german, contacts("0171 2345678"))

    assert merged.region == "DE"
    assert merged.frame["name"].tolist() == ["n0"]


def test_a_region_that_is_given_goes_before() -> None:
    merged = merge_contacts(texts({"from": "+491712345678"}), contacts("0171 2345678"), region="de")

    assert merged.frame["name"].tolist() == ["n0"]


def test_without_any_country_the_report_says_what_to_give() -> None:
    mixed = texts({"to": "+4930123456"}, {"to": OURS})

    merged = merge_contacts(mixed, contacts("555-867-5309"))

    assert merged.region is None
    assert "region='US'" in merged.unreadable_contacts["reason"].item()
    assert "region='US'" in repr(merged)


def test_whole_numbers_of_a_contact_stay_whole_beside_texts_without_one() -> None:
    merged = merge_contacts(TEXTS, contacts(ANN).assign(age=42, member=True))

    assert merged.frame["age"].iloc[0] == 42
    assert str(merged.frame["age"].dtype) == "int64[pyarrow]"
    assert merged.frame["member"].iloc[0]


def test_a_column_that_texts_have_too_gets_another_name() -> None:
    listed = pd.DataFrame({"from": [ANN], "body": ["tall"], "name": ["Ann"]})

    merged = merge_contacts(TEXTS, listed, on="from")

    assert merged.frame["body_contact"].iloc[0] == "tall"
    assert merged.frame["from_contact"].iloc[2] == ANN
    assert merged.frame["from"].equals(TEXTS["from"])


def test_categories_and_own_indexes_merge_alike() -> None:
    kept = TEXTS.astype({"from": "category", "direction": "category"}).set_index("sid")

    merged = merge_contacts(kept, contacts(ANN, BOB).set_index("name", drop=False))

    assert merged.frame["name"].fillna("").tolist() == ["n0", "n0", "n0", "n1", ""]
    assert merged.frame.index.equals(kept.index)


def test_no_texts_and_no_contacts_merge_too() -> None:
    merged = merge_contacts(TEXTS.iloc[:0], contacts())

    assert merged.frame.columns.tolist() == [*TEXTS.columns, "phone", "name"]
    assert len(merged.numbers_without_contact) == 0


def test_it_shows_what_was_matched_and_what_not() -> None:
    merged = merge_contacts(TEXTS, contacts(ANN, ANN, "x", None))

    assert repr(merged).splitlines() == [
        "frame                    3 of 5 texts belong to a contact",
        "numbers_without_contact  2, with 2 texts",
        "contacts_without_texts   0",
        "duplicate_contacts       2; the first of each number was used",
        "unreadable_contacts      2: 1 × no number has that form in US or with a country's code; 1 × no number",
        "region                   US",
    ]
    assert "2, with 2 texts</td>" in merged._repr_html_()


def test_a_text_without_an_address_belongs_to_nobody() -> None:
    merged = merge_contacts(texts({"from": None}, {}), contacts(ANN, None))

    assert merged.frame["name"].fillna("").tolist() == ["", "n0"]
    assert merged.numbers_without_contact["texts"].tolist() == [1]


@pytest.mark.parametrize(("on", "found"), [("mobile", "phone, name"), ("phone", "phone, phone")])
def test_contacts_without_one_column_of_numbers_are_refused(on: str, found: str) -> None:
    listed = contacts(ANN)
    listed = listed if on == "mobile" else pd.concat([listed["phone"], listed["phone"]], axis=1)

    with pytest.raises(ConfigurationError, match=found):
        merge_contacts(TEXTS, listed, on=on)


def test_texts_that_do_not_tell_whose_they_are_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="no column 'direction'"):
        merge_contacts(TEXTS.drop(columns="direction"), contacts(ANN))


def test_a_region_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidAddress, match="Germany"):
        merge_contacts(TEXTS, contacts(ANN), region="Germany")
