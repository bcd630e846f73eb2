"""What a notebook shows of an error of this package: a person's lines and the message."""

# mypy: disable-error-code="no-untyped-call"
# IPython's shell is untyped.

from collections.abc import Callable, Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

Run = Callable[[str], str]


@pytest.fixture
def run() -> Iterator[Run]:
    """Run a cell, and return what it shows."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}), colors="nocolor")

    def run_cell(source: str) -> str:
        with capture_output() as shown:
            shell.run_cell(source)
        return str(shown.stdout) + str(shown.stderr)

    yield run_cell
    InteractiveShell.clear_instance()


def test_it_shows_the_line_of_the_cell_and_the_message(run: Run) -> None:
    shown = run(
        "from twilio_nb.domain.addresses import recipient\ndef mine():\n    recipient('12')\n\nmine()\n"
    )

    assert "recipient('12')" in shown
    assert "mine()" in shown
    assert "InvalidAddress: '12' is not" in shown
    assert "addresses.py" not in shown


def test_the_cause_is_left_out_unless_it_was_raised_by_a_person(run: Run) -> None:
    ours = run("from twilio_nb.domain.definitions import RuleDefinition\nRuleDefinition.from_document({})")
    theirs = run(
        "from twilio_nb.errors import ConfigurationError\n"
        "try:\n    {}['x']\nexcept KeyError as error:\n    raise ConfigurationError('mine') from error\n"
    )

    assert "ConfigurationError: " in ours
    assert "direct cause" not in ours
    assert "KeyError: 'x'" in theirs
    assert "ConfigurationError: mine" in theirs


def test_functions_of_a_person_that_were_called_back_stay(run: Run) -> None:
    shown = run(
        "from twilio_nb.errors import ConfigurationError\nfrom twilio_nb.domain.recipients import listed\n"
        "class Value:\n    def __str__(self):\n        raise ConfigurationError('no value')\n\n"
        "listed([(1, Value())])\n"
    )

    assert "raise ConfigurationError('no value')" in shown
    assert "listed([(1, Value())])" in shown
    assert "recipients.py" not in shown


def test_unforeseen_errors_and_the_verbose_mode_show_everything(run: Run) -> None:
    assert "recipients.py" in run("from twilio_nb.domain.recipients import listed\nlisted(3)")
    run("%xmode Verbose")

    shown = run("from twilio_nb.domain.addresses import recipient\nrecipient('12')")

    assert "addresses.py" in shown


def test_the_error_itself_stays_what_it_is(run: Run) -> None:
    shown = run(
        "import sys, traceback\nfrom twilio_nb.domain.addresses import recipient\n"
        "try:\n    recipient('12')\nexcept Exception as error:\n"
        "    before = traceback.format_exception(error)\n    error._render_traceback_()\n"
        "    print(before == traceback.format_exception(error), 'addresses.py' in ''.join(before))\n"
    )

    assert shown == "True True\n"
