from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twilio_nb.domain.twiml import EMPTY, Message, Reply, clean, parse, render, split

ANY_TEXT = st.text(st.characters(codec=None))  # lone surrogates and control characters too


def test_no_reply_is_an_empty_response() -> None:
    assert render([]) == EMPTY
    assert render([Reply(""), Reply("\x00")]) == EMPTY
    assert parse(EMPTY) == []


def test_a_reply_is_read_as_it_was_written() -> None:
    xml = render(
        [Reply("Two < three & “so on”", ("https://example.com/a.png?b=1&c=2",)), Reply("Next\r\nline")],
        ["https://example.com/status?reply=SM1.0&x='\"#rc=2", None],
    )
    assert parse(xml) == [
        Message(
            "Two < three & “so on”",
            ("https://example.com/a.png?b=1&c=2",),
            "https://example.com/status?reply=SM1.0&x='\"#rc=2",
        ),
        Message("Next\r\nline"),
    ]


def test_callbacks_belong_to_the_replies_at_their_places() -> None:
    xml = render([Reply(""), Reply("b"), Reply("c")], ["https://a", "https://b"])
    assert [(m.body, m.status_callback) for m in parse(xml)] == [("b", "https://b"), ("c", None)]


@given(st.lists(st.tuples(ANY_TEXT, st.lists(ANY_TEXT, max_size=2))))
def test_whatever_is_rendered_is_xml_and_says_the_same(texts: list[tuple[str, list[str]]]) -> None:
    replies = [Reply(body, tuple(media)) for body, media in texts]
    xml = render(replies)
    ElementTree.fromstring(xml.encode())
    sent = [reply for reply in replies if clean(reply.body) or reply.media]
    assert [m.body for m in parse(xml)] == [clean(reply.body) for reply in sent]
    assert [len(m.media) for m in parse(xml)] == [len(reply.media) for reply in sent]


def test_bodies_of_one_message_are_joined_and_indentation_is_not_text() -> None:
    xml = """<Response>
      <Message to="+15558675309" from="+15550100002">
        <Body>One </Body>
        <Body>two</Body>
        <Media>https://example.com/a.png</Media>
      </Message>
      <Message>
        Plain
      </Message>
    </Response>"""
    assert parse(xml) == [
        Message("One two", ("https://example.com/a.png",), to="+15558675309", from_="+15550100002"),
        Message("Plain"),
    ]


def test_what_follows_an_action_or_a_redirect_is_never_reached() -> None:
    after_action = '<Response><Message action="/next">a</Message><Message>b</Message></Response>'
    assert [m.body for m in parse(after_action)] == ["a"]
    after_redirect = "<Response><Message>a</Message><Redirect>/x</Redirect><Message>b</Message></Response>"
    assert [m.body for m in parse(after_redirect)] == ["a"]


def test_names_are_case_sensitive_and_unknown_elements_are_passed_over() -> None:
    assert parse("<Response><message>no</message><Say>no</Say><Message>yes</Message></Response>") == [
        Message("yes")
    ]


@pytest.mark.parametrize("nothing", ["", " \n", "<Response/>", "<Response></Response>"])
def test_nothing_answers_nothing(nothing: str) -> None:
    assert parse(nothing) == []


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ("Hello", "not well-formed"),
        ("<Response><Message>a</Response>", "not well-formed"),
        ("<Response><Message>\ud800</Message></Response>", "not well-formed"),
        ("<html><body>Sign in</body></html>", "<html>"),
        ("<response/>", "<response>"),
    ],
)
def test_what_is_no_twiml_is_refused_with_a_reason(xml: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(xml)


def test_entities_cannot_make_an_answer_grow() -> None:
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    bomb = f'<!DOCTYPE Response [<!ENTITY e0 "lol">{entities}]><Response><Message>&e9;</Message></Response>'
    with pytest.raises(ValueError, match="document type"):
        parse(bomb)


def test_a_long_body_is_cut_at_white_space() -> None:
    assert split("one two three", limit=9) == ["one two ", "three"]
    assert [len(part) for part in split("word " * 1000)] == [1600, 1600, 1600, 200]


def test_a_body_without_white_space_is_cut_between_characters_as_seen() -> None:
    assert split("x" * 5, limit=2) == ["xx", "xx", "x"]
    assert split("ae\u0301", limit=2) == ["a", "e\u0301"]
    assert split("a👩\u200d🔬", limit=5) == ["a", "👩\u200d🔬"]


@given(st.text(), st.integers(2, 20))
def test_the_parts_make_the_whole_and_none_is_too_long(body: str, limit: int) -> None:
    parts = split(body, limit)
    assert "".join(parts) == body
    assert all(0 < len(part.encode("utf-16-le")) // 2 <= limit for part in parts)
