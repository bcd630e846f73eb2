import pytest
from hypothesis import given
from hypothesis import strategies as st

from twilio_nb.domain.segments import GSM_BASIC, GSM_EXTENSION, Segments, segments


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", Segments("GSM-7", 0, 1, None)),
        ("a" * 160, Segments("GSM-7", 160, 1, None)),
        ("a" * 161, Segments("GSM-7", 161, 2, None)),
        ("a" * 306, Segments("GSM-7", 306, 2, None)),
        ("a" * 307, Segments("GSM-7", 307, 3, None)),
        ("é€", Segments("GSM-7", 3, 1, None)),
        ("€" * 80, Segments("GSM-7", 160, 1, None)),
        # 153 is odd: the 77th character would be cut in two, so each part holds 76.
        ("€" * 152, Segments("GSM-7", 304, 2, None)),
        ("€" * 153, Segments("GSM-7", 306, 3, None)),
        ("a" * 152 + "€" + "a" * 152, Segments("GSM-7", 306, 3, None)),
        ("one\r\ntwo\f", Segments("GSM-7", 10, 1, None)),
        ("’" + "a" * 69, Segments("UCS-2", 70, 1, "’")),
        ("’" + "a" * 70, Segments("UCS-2", 71, 2, "’")),
        ("’" + "a" * 133, Segments("UCS-2", 134, 2, "’")),
        ("’" + "a" * 134, Segments("UCS-2", 135, 3, "’")),
        ("😀" * 35, Segments("UCS-2", 70, 1, "😀")),
        # 67 is odd: 33 pairs in each part.
        ("😀" * 66, Segments("UCS-2", 132, 2, "😀")),
        ("😀" * 67, Segments("UCS-2", 134, 3, "😀")),
        ("cçÇ", Segments("UCS-2", 3, 1, "ç")),
        ("a\tb", Segments("UCS-2", 3, 1, "\t")),
        ("`", Segments("UCS-2", 1, 1, "`")),
    ],
)
def test_a_body_is_counted_as_carriers_do(body: str, expected: Segments) -> None:
    assert segments(body) == expected


def test_the_alphabet_has_its_137_characters() -> None:
    # 128 places, of which one is the escape itself, and ten escaped characters.
    assert len(GSM_BASIC) == 127
    assert len(GSM_EXTENSION) == 10


@given(st.text())
def test_a_text_never_costs_less_than_its_units_or_more_than_what_splitting_wastes(body: str) -> None:
    found = segments(body)
    single, part = (160, 153) if found.encoding == "GSM-7" else (70, 67)
    if found.units <= single:
        assert found.count == 1
    else:
        assert found.units / part <= found.count <= found.units // (part - 1) + 1


@given(st.text())
def test_units_of_ucs_2_are_those_of_utf_16(body: str) -> None:
    found = segments(body)
    if found.encoding == "UCS-2":
        assert found.units == len(body.encode("utf-16-le")) // 2
        assert found.forced_by is not None
        assert found.forced_by in body
