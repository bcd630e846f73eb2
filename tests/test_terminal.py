"""Commands on a terminal that cannot show every character say the same, in the characters it has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.moving.exports import Exported, Service

ASCII = {"PYTHONIOENCODING": "ascii"}
NO_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def command(*arguments: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "PYTHONUTF8"))}
    return subprocess.run(
        [sys.executable, "-m", "twilio_nb.cli", *arguments],
        env=plain | environment,
        capture_output=True,
        encoding="ascii",
        timeout=60,
    )


@pytest.mark.parametrize("environment", [ASCII, NO_LOCALE], ids=["ascii", "no locale"])
def test_what_an_import_would_make_is_told_in_ascii_where_there_is_nothing_else(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    export = Exported(services=[Service()]).g3(tmp_path / "hotliné")

    done = command("import", str(export), "--dry-run", environment=environment)

    assert done.returncode == 0, done.stderr
    assert "\n  x to do - " in done.stdout
    assert "\n  + Nothing was written" in done.stdout
    assert "hotlin\\" in done.stdout


@pytest.mark.parametrize("environment", [ASCII, NO_LOCALE], ids=["ascii", "no locale"])
def test_help_and_errors_are_told_in_ascii_where_there_is_nothing_else(environment: dict[str, str]) -> None:
    shown = command("--help", environment=environment)
    failed = command("import", "nowheré", environment=environment)

    assert (shown.returncode, shown.stderr) == (0, "")
    assert failed.returncode == 1
    assert failed.stderr.startswith("twilio-nb: There is no 'nowher\\")
