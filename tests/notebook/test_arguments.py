"""What is typed behind a magic."""

# mypy: disable-error-code="no-untyped-call"
# IPython's parser is untyped.

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.error import UsageError
from IPython.core.magic_arguments import MagicArgumentParser

from twilio_nb.notebook.arguments import check_unbroken, filled, literal, moment, words

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def parser() -> MagicArgumentParser:
    parser = MagicArgumentParser()
    parser.add_argument("--from")
    parser.add_argument("--media", action="append")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("to")
    return parser


@pytest.mark.parametrize(
    ("line", "found", "text"),
    [
        ("+1555 Hello", ["+1555"], "Hello"),
        ('  +1555   It\'s "5"  $x {y} \\n ', ["+1555"], 'It\'s "5"  $x {y} \\n '),
        ("--dry-run +1555 a", ["--dry-run", "+1555"], "a"),
        ("--from \"+1 555\" '+1 666' a", ["--from", "+1 555", "+1 666"], "a"),
        ("--from=+1 +2 a --b", ["--from=+1", "+2"], "a --b"),
        ("--media --x --media y +2 a", ["--media", "--x", "--media", "y", "+2"], "a"),
        ("+1555", ["+1555"], ""),
        ("", [], ""),
        ("--from", ["--from"], ""),
    ],
)
def test_options_and_recipient_are_split_from_a_text_that_stays_as_typed(
    parser: MagicArgumentParser, line: str, found: list[str], text: str
) -> None:
    assert literal(line, parser) == (found, text)


@given(
    text=st.text(alphabet=st.characters(exclude_characters="\n\r")).filter(
        lambda text: not text[:1].isspace()
    )
)
def test_any_text_stays_as_typed(text: str) -> None:
    parser = MagicArgumentParser()
    parser.add_argument("to")

    assert literal(f"+15558675309 {text}", parser) == (["+15558675309"], text)


@pytest.mark.parametrize("line", ["+1555 --dry-run Hello", "+1555 --from=+2 Hello", "+1 --media"])
def test_an_option_behind_the_recipient_is_no_text(parser: MagicArgumentParser, line: str) -> None:
    with pytest.raises(UsageError, match="Put options first"):
        literal(line, parser)


def test_words_hold_together_in_quotes() -> None:
    assert words('weather --service "my one"') == ["weather", "--service", "my one"]
    with pytest.raises(UsageError, match="close the quotation"):
        words("it's")


def test_names_are_filled_in_with_their_format() -> None:
    names = {"name": "Ada", "total": 3.5}

    assert filled("Dear {name}: {{${total:.2f}}}", names) == "Dear Ada: {$3.50}"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{who}", "no variable 'who'"),
        ("{name.__class__}", "plain names"),
        ("{name[0]}", "plain names"),
        ("{0}", "plain names"),
        ("{}", "plain names"),
        ("{name!r}", "plain names"),
        ("{name:{name}}", "plain names"),
        ("{name", "cannot read the text"),
        ("}", "cannot read the text"),
        ("{name:.2f}", "cannot write 'name'"),
    ],
)
def test_what_cannot_be_filled_in_is_said(template: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        filled(template, {"name": "Ada"})


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("90s", NOW - timedelta(seconds=90)),
        ("90m", NOW - timedelta(minutes=90)),
        ("2h", NOW - timedelta(hours=2)),
        ("1.5d", NOW - timedelta(hours=36)),
        ("2w", NOW - timedelta(days=14)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T08:00", datetime(2026, 11, 1, 8, tzinfo=UTC)),
        ("2026-11-01T08:00+09:00", datetime(2026, 11, 1, 8, tzinfo=timezone(timedelta(hours=9)))),
    ],
)
def test_a_time_is_an_age_or_a_date(typed: str, expected: datetime) -> None:
    assert moment(typed, NOW) == expected
    assert moment(typed, NOW).tzinfo is not None


@pytest.mark.parametrize("typed", ["yesterday", "", "1y", "2026-13-01", "99999999999d", "-1d"])
def test_what_is_no_time_is_said(typed: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        moment(typed, NOW)


@pytest.mark.parametrize(
    ("to", "text", "whole"),
    [
        ("+49151123", "45678 hi", "+4915112345678"),
        ("+1", "555 867 5309 hi", "+15558675309"),
        ("+1", "(555) 867-5309", "+15558675309"),
    ],
)
def test_a_number_typed_with_spaces_is_refused_before_its_rest_is_texted(
    to: str, text: str, whole: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(whole)):
        check_unbroken(to, text)


@pytest.mark.parametrize("text", ["42 is the answer", "", "7pm?", "Call 555"])
def test_a_text_may_begin_with_digits_that_do_not_go_on_with_the_number(text: str) -> None:
    check_unbroken("+15558675309", text)
