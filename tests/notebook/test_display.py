"""Results that show themselves: what they say, and that hostile texts stay texts."""

import copy
import pickle
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twilio_nb.domain.markup import plain, tag
from twilio_nb.domain.segments import segments
from twilio_nb.notebook.display import Finding, Findings, Message, Note, Preview, Shown, Table
from twilio_nb.sending.advice import advice

SID = "SM" + "b" * 32
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> & \"'> \x1b[2J\u202egnp.exe"


def document(**fields: Any) -> dict[str, Any]:
    return {
        "_id": SID,
        "from": "+15005550006",
        "to": "+15558675309",
        "body": "Hello",
        "status": "queued",
        "num_segments": 1,
        "num_media": 0,
        "error_code": None,
        "error_message": None,
    } | fields


def results(text: str) -> list[Shown]:
    """Every kind of result with a text in every place that can hold one."""
    return [
        Message(document(body=text, to=text, status=text, error_message=text)),
        Preview(to=text, from_=text, body=text, segments=segments(text), media=[text]),
        Table([{text: text, "b": [text]}], empty=text),
        Table([], empty=text),
        Findings(text, [Finding("problem", text)]),
        Note(text),
    ]


class Elements(HTMLParser):
    """Collects the elements and attributes of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.names.add(name)
        self.attributes.update(key for key, _ in attributes)
        self.open.append(name)

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name


ELEMENTS = {"div", "span", "bdi", "strong", "table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"style", "class", "dir", "scope", "title"}


@pytest.mark.parametrize("number", range(5))
@given(text=st.text() | st.just(HOSTILE))
def test_no_text_becomes_markup_or_a_terminals_command(number: int, text: str) -> None:
    shown = results(text)[number]._repr_mimebundle_()

    html, terminal = Elements(shown["text/html"]), shown["text/plain"]
    assert html.names <= ELEMENTS
    assert html.attributes <= ATTRIBUTES
    assert html.open == []
    for held in (terminal, shown["text/html"]):
        held.encode()
        assert not {character for character in held if ord(character) < 32 or 127 <= ord(character) < 160} - {
            "\n",
            "\t",
        }
        assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(held)


def test_ordinary_writing_of_any_language_is_left_alone() -> None:
    text = "Grüße\n\tשלום مرحبا 👩‍👩‍👧 ’–…\u200f"

    assert plain(text) == text


def test_attributes_are_escaped() -> None:
    assert tag("span", "x", title='"><b>') == '<span title="&quot;&gt;&lt;b&gt;">x</span>'


def test_a_message_gives_its_fields() -> None:
    message = Message(document(date_created=datetime(2026, 11, 23, tzinfo=UTC), media=[{"url": "u"}]))

    assert (message.sid, message.to, message.from_, message.body) == (
        SID,
        "+15558675309",
        "+15005550006",
        "Hello",
    )
    assert (message.status, message.num_segments, message.error_code) == ("queued", 1, None)
    assert message.media == [{"url": "u"}]
    assert {"sid", "from_", "to", "status", "refresh"} <= set(dir(message))
    with pytest.raises(AttributeError, match="this one has: from, to, body"):
        _ = message.nothing


def test_a_message_is_a_receipt_and_never_a_reply() -> None:
    assert Message(document()).__twilio_nb_receipt__


def test_a_message_can_be_read_anew() -> None:
    message = Message(document(), refresh=lambda: document(status="delivered"))

    assert message.refresh() is message
    assert message.status == "delivered"
    assert "delivered" in repr(message)
    assert Message(document()).refresh().status == "queued"


def test_a_message_can_be_copied() -> None:
    message = Message(document())

    assert (
        copy.copy(message).sid == copy.deepcopy(message).sid == pickle.loads(pickle.dumps(message)).sid == SID
    )


def test_a_message_names_the_service_that_it_belongs_to() -> None:
    message = Message(document(service="clinic"))

    assert f"(1 segment, service clinic, {SID})" in repr(message)
    assert "service clinic" in message._repr_html_()


def test_a_message_says_why_it_failed() -> None:
    message = Message(document(status="undelivered", error_code=30003, error_message="Unreachable"))

    for shown in (repr(message), message._repr_html_()):
        assert "undelivered" in shown
        assert "error 30003 Unreachable" in shown


def test_a_message_whose_sender_is_not_chosen_yet_shows_itself() -> None:
    message = Message(document(**{"from": None, "body": None, "num_segments": 0}))

    assert repr(message) == f"… → +15558675309: queued ({SID})"
    assert "None" not in message._repr_html_()


@pytest.mark.parametrize(
    ("body", "size"),
    [
        ("a" * 160, "1 segment: 160 units in GSM-7"),
        ("a" * 161, "2 segments: 161 units in GSM-7"),
        ("ç", "1 segment: 1 unit in UCS-2, because of ç (U+00E7)"),
    ],
)
def test_a_preview_says_the_size(body: str, size: str) -> None:
    preview = Preview(to="+1", from_="+2", body=body, segments=segments(body))

    assert size in repr(preview)
    assert size in preview._repr_html_()


def test_a_table_lines_up_in_a_terminal() -> None:
    table = Table(
        [{"name": "a\nb", "n": None, "yes": True}, {"name": "longer", "n": 5}], columns=["name", "n"]
    )

    assert repr(table).split("\n") == ["name    n", "a b", "longer  5"]
    assert (len(table), table[1]["n"], [row["name"] for row in table]) == (2, 5, ["a\nb", "longer"])


def test_an_empty_table_says_so() -> None:
    assert repr(Table([], empty="No webhooks.")) == "No webhooks."


def test_findings_have_a_mark_each() -> None:
    findings = Findings("t", [Finding("ok", "a"), Finding("warning", "b"), Finding("problem", "c")])

    assert repr(findings).split("\n") == ["t", "  ✓ a", "  ! b", "  ✗ c"]


def test_a_failed_message_says_what_to_do_about_it() -> None:
    failed = Message(document(status="undelivered", error_code=30003))

    assert advice(30003) in repr(failed)
    assert advice(30003) in failed._repr_html_()
    assert advice(30003) not in repr(Message(document()))
