from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from twilio_nb.domain.segments import GSM_BASIC, GSM_EXTENSION, Segments, plainer, segments


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
        ("a" * 158 + "\r\n", Segments("GSM-7", 160, 1, None)),
        ("a" * 159 + "\r\n", Segments("GSM-7", 161, 2, None)),
        ("a" * 159 + "€", Segments("GSM-7", 161, 2, None)),
        ("a" * 152 + "€" + "a" * 151, Segments("GSM-7", 305, 2, None)),
        ("\x1b", Segments("UCS-2", 1, 1, "\x1b")),
        ("’" + "a" * 69, Segments("UCS-2", 70, 1, "’")),
        ("’" + "a" * 70, Segments("UCS-2", 71, 2, "’")),
        ("’" + "a" * 133, Segments("UCS-2", 134, 2, "’")),
        ("’" + "a" * 134, Segments("UCS-2", 135, 3, "’")),
        ("😀" * 35, Segments("UCS-2", 70, 1, "😀")),
        # 67 is odd: 33 pairs in each part.
        ("😀" * 66, Segments("UCS-2", 132, 2, "😀")),
        ("😀" * 67, Segments("UCS-2", 134, 3, "😀")),
        ("’" + "a" * 66 + "😀" + "a" * 65, Segments("UCS-2", 134, 2, "’")),
        ("’" + "a" * 65 + "😀" + "a" * 66, Segments("UCS-2", 134, 3, "’")),
        # A family is seven code points of eleven units, and is cut like any other text.
        ("👨\u200d👩\u200d👧\u200d👦" * 6 + "a" * 4, Segments("UCS-2", 70, 1, "👨")),
        ("👨\u200d👩\u200d👧\u200d👦" * 12, Segments("UCS-2", 132, 2, "👨")),
        ("e\u0301" * 67, Segments("UCS-2", 134, 2, "\u0301")),
        ("🇩🇪👍🏽", Segments("UCS-2", 8, 1, "🇩")),
        ("cçÇ", Segments("UCS-2", 3, 1, "ç")),
        ("a\tb", Segments("UCS-2", 3, 1, "\t")),
        ("`", Segments("UCS-2", 1, 1, "`")),
    ],
)
def test_a_body_is_counted_as_carriers_do(body: str, expected: Segments) -> None:
    assert segments(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("It’s “late” – sorry…", 'It\'s "late" - sorry...'),
        ("10\u202f€\u00a0each", "10 € each"),
        ("zero\u200bwidth", "zerowidth"),
        ("It's late", None),
        ("It’s 😀", None),
        ("", None),
    ],
)
def test_typeset_signs_are_spelled_plainly_where_that_makes_a_text_cheaper(
    body: str, expected: str | None
) -> None:
    assert plainer(body) == expected


def test_the_alphabet_has_its_137_characters() -> None:
    # 128 places, of which one is the escape itself, and ten escaped characters.
    assert len(GSM_BASIC) == 127
    assert len(GSM_EXTENSION) == 10


# What Twilio billed, with Smart Encoding off: https://github.com/TwilioDevEd/message-segment-calculator/issues/66,
# and for the last two its issues 18 and 39.
@pytest.mark.parametrize(
    ("body", "billed"),
    [
        ("a" * 80 + "\r\n" + "a" * 79, 2),
        ("a" * 80 + "\n" + "a" * 79, 1),
        ("a" * 200 + "\r\n" + "a" * 105, 3),
        ("é" * 70, 1),
        ("e\u0301" * 70, 3),
        ("e\u0301", 1),
        ("“Hi”", 1),
        ("😀|", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("中" * 70, 1),
        ("中" * 71, 2),
        ("|", 1),
        ("this is a " + "]" * 74 + "😘", 2),
        ("]" * 153, 3),
    ],
)
def test_a_body_is_counted_as_twilio_billed_it(body: str, billed: int) -> None:
    assert segments(body).count == billed


# The table of 3GPP TS 23.038, in the order of its codes, and the one behind the escape.
TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPE = 0x1B
ESCAPED = dict(zip("\f^{}\\[~]|€", b"\x0a\x14\x28\x29\x2f\x3c\x3d\x3e\x40\x65", strict=True))


def as_sent(body: str) -> tuple[str, list[bytes]]:
    """Encode a body and cut it into the user data of its segments, as TS 23.040 has it."""
    if all(character in TABLE + "".join(ESCAPED) and character != chr(ESCAPE) for character in body):
        septets = b"".join(
            bytes([ESCAPE, ESCAPED[one]]) if one in ESCAPED else bytes([TABLE.index(one)]) for one in body
        )
        return "GSM-7", cut(septets, 160, 153, lambda data: 1 if data[-1] == ESCAPE else 0)
    octets = body.encode("utf-16-be")
    return "UCS-2", cut(octets, 140, 134, lambda data: 2 if 0xD8 <= data[-2] < 0xDC else 0)


def cut(data: bytes, single: int, part: int, hanging: Callable[[bytes], int]) -> list[bytes]:
    """Cut data into parts; what hangs over the end of one, the first half of something, goes to the next."""
    if len(data) <= single:
        return [data]
    parts: list[bytes] = []
    while data:
        first = data[:part]
        first = first[: len(first) - hanging(first)] if len(data) > part else first
        parts.append(first)
        data = data[len(first) :]
    return parts


RUNS = st.tuples(
    st.sampled_from(["a", "é", "€", "|", "\n", "\r\n", "’", "中", "😀", "e\u0301", "👩\u200d🔬", "🇩🇪", "\t"]),
    st.integers(1, 161),
)


@given(st.lists(RUNS, max_size=5).map(lambda runs: "".join(text * times for text, times in runs)))
@example("")
@settings(max_examples=300)
def test_what_is_counted_is_what_would_be_sent(body: str) -> None:
    encoding, parts = as_sent(body)
    found = segments(body)
    assert (found.encoding, found.count) == (encoding, len(parts))
    assert found.units == sum(map(len, parts)) // (2 if encoding == "UCS-2" else 1)


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("ab€^|😀"), max_size=200))
def test_any_character_has_its_place(body: str) -> None:
    encoding, parts = as_sent(body)
    assert (segments(body).encoding, segments(body).count) == (encoding, len(parts))


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
