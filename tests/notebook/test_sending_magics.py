"""``%twilio_send`` and ``%%twilio_send`` in a real shell."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.notebook.conftest import SID, TO, RecordingService, Run
from twilio_nb.notebook.current import services


@pytest.mark.parametrize(
    "text",
    [
        "Hello from the notebook",
        'It\'s "5" for $USER and {name}, 100% \\o/ # no comment',
        "How are you?",
        "Really??",
        "is it x?",
        "see https://example.org/?q=1&r={2}",
        "two  spaces",
        "a 'quoted' word?",
        "Grüße 👋🏽 שלום?",
    ],
)
def test_a_text_is_sent_exactly_as_typed(run: Run, service: RecordingService, text: str) -> None:
    run("name, x, you, word = 'Ada', 1, 2, 3")

    message = run(f"%twilio_send {TO} {text}")

    assert service.asked == [("send", {"to": TO, "body": text})]
    assert message.sid == SID


@pytest.mark.parametrize("before", ["", "m = ", "if True:\n    ", "x = 1\n"])
def test_a_question_is_a_text_wherever_the_magic_stands(
    run: Run, service: RecordingService, before: str
) -> None:
    run(f"{before}%twilio_send --once k {TO} How are you?\n")

    assert service.asked == [("send", {"to": TO, "body": "How are you?", "once": "k"})]


@pytest.mark.parametrize(
    "cell",
    [
        't = """\n{line}\n"""',
        "t = '''it's\n    {line}\n'''",
        '%twilio_send --dry-run {to} It\'s "5\nt = r"""\\\n{line}\n"""',
        '# it\'s\nt = \'"""\' + """\n{line}\n"""',
    ],
)
def test_a_string_that_reads_like_the_magic_stays_as_it_is(
    run: Run, shell: InteractiveShell, service: RecordingService, cell: str
) -> None:
    line = f"%twilio_send {TO} really?"

    run(cell.format(line=line, to=TO))

    assert line in shell.user_ns["t"]
    assert [verb for verb, _ in service.asked if verb == "send"] == []


def test_a_question_behind_a_string_is_a_text(run: Run, service: RecordingService) -> None:
    run(f's = "it\'s"  # isn\'t it?\nt = """\n%twilio_send a b?\n"""\n%twilio_send {TO} How are you?')

    assert service.asked == [("send", {"to": TO, "body": "How are you?"})]


def test_a_question_mark_right_behind_the_magic_asks_for_its_manual(
    run: Run, service: RecordingService, capsys: pytest.CaptureFixture[str]
) -> None:
    run("%twilio_send?")

    manual = capsys.readouterr().out
    assert "%twilio_send +15558675309 Hello from the notebook." in manual
    assert "--dry-run" in manual
    assert service.asked == []


def test_a_cell_is_a_text_of_several_lines(run: Run, service: RecordingService) -> None:
    run(f"%%twilio_send --media https://a.example/ --media https://b.example/ {TO}\n  Hi $x {{y}}\n\n%who?\n")

    assert service.asked == [
        (
            "send",
            {
                "to": TO,
                "body": "  Hi $x {y}\n\n%who?",
                "media_url": ["https://a.example/", "https://b.example/"],
            },
        )
    ]


def test_sender_service_and_key_can_be_chosen(run: Run, service: RecordingService) -> None:
    other = RecordingService("other")
    services.add(other)

    run(f"%twilio_send --service myTwilio --from '+1 500 555 0006' --once monday {TO} Hi")

    assert service.asked == [("send", {"to": TO, "body": "Hi", "from_": "+1 500 555 0006", "once": "monday"})]
    assert other.asked == []


def test_names_are_filled_in_on_request_only(run: Run, service: RecordingService) -> None:
    run("phone, name = '+15558675310', 'Ada'")
    run("%twilio_send --format {phone} Dear {name}, {{sic}}")

    assert service.asked == [("send", {"to": "+15558675310", "body": "Dear Ada, {sic}"})]


def test_a_dry_run_shows_size_and_what_made_it_dear_and_sends_nothing(
    run: Run, service: RecordingService
) -> None:
    preview = run(f"%twilio_send --dry-run --once k {TO} It’s on")

    assert [verb for verb, _ in service.asked] == ["checked"]
    for shown in (repr(preview), preview._repr_html_()):
        for part in (TO, "+15005550006", "1 segment", "UCS-2", "’ (U+2019)", "It’s on"):
            assert part in shown


@pytest.mark.parametrize(
    ("options", "body", "code"),
    [
        ("", "x" * 1601, "21617"),
        ("--media ftp://example.org/a.png", "x", "21620"),
        ("--media https://example.org/a.png --media example.org", "x", "21620"),
    ],
)
def test_a_dry_run_warns_of_what_twilio_refuses(
    run: Run, service: RecordingService, options: str, body: str, code: str
) -> None:
    preview = run(f"%twilio_send --dry-run {options} {TO} {body}")

    for shown in (repr(preview), preview._repr_html_()):
        assert f"! Twilio would refuse it with error {code}. " in shown


def test_a_dry_run_warns_of_nothing_that_twilio_takes(run: Run, service: RecordingService) -> None:
    preview = run(f"%twilio_send --dry-run --media HTTPS://example.org/a.png {TO} {'x' * 1600}")

    assert preview.warnings == ()
