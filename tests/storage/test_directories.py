"""Where things live, and that nobody else can get at them."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.directories import (
    data_directory,
    new_runtime,
    private_directory,
    private_file,
    user_runtime_directory,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_runtime_directory_lies_in_xdg_runtime_dir_and_is_private(own_surroundings: Path) -> None:
    directory = user_runtime_directory()
    assert directory == own_surroundings / "run" / "twilio_nb"
    assert mode(directory) == 0o700


@pytest.mark.parametrize("offered", ["", "relative/path", "/does/not/exist", "{long}"])
def test_runtime_directory_is_a_short_one_of_the_user_where_xdg_runtime_dir_is_unusable(
    offered: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 80)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", offered.format(long=long))
    assert user_runtime_directory() == Path(f"/tmp/twilio_nb-{os.getuid()}")


def test_every_socket_path_fits_below_the_limit_of_the_system(own_surroundings: Path) -> None:
    longest = user_runtime_directory() / "jupyter-4194304-abcd" / "webhooks.sock"
    assert len(os.fsencode(longest)) <= 103


def test_data_directory_is_the_one_that_was_chosen_and_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_NB_DATA", str(tmp_path / "deep" / "data"))
    assert data_directory() == tmp_path / "deep" / "data"
    assert mode(data_directory()) == 0o700


def test_data_directory_is_by_default_the_platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWILIO_NB_DATA")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert data_directory().is_relative_to(tmp_path)


def test_a_relative_data_directory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_NB_DATA", "data")
    with pytest.raises(ConfigurationError, match="TWILIO_NB_DATA is 'data', a relative path"):
        data_directory()


def test_a_data_directory_that_cannot_be_made_is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TWILIO_NB_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(ConfigurationError, match=r"cannot be made: .* TWILIO_NB_DATA"):
        data_directory()


def test_a_directory_open_to_others_is_refused_with_the_command_that_closes_it(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(ConfigurationError, match=r"mode 0755.*chmod 700"):
        private_directory(tmp_path / "open")


def test_a_link_is_no_private_directory(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(ConfigurationError, match="symbolic link"):
        private_directory(tmp_path / "link")


def test_a_directory_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private_directory(tmp_path / "theirs")
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    with pytest.raises(ConfigurationError, match="expected 4000000"):
        private_directory(tmp_path / "theirs")


def test_a_private_file_is_replaced_whole_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    private_file(path, "new")
    assert path.read_text() == "new"
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_runtime_directories_of_dead_processes_are_removed_and_of_living_ones_kept(
    own_surroundings: Path,
) -> None:
    make = "from twilio_nb.storage.directories import new_runtime; print(new_runtime('kernel'), flush=True)"
    dead = subprocess.run([sys.executable, "-c", make], capture_output=True, text=True, check=True)
    with subprocess.Popen(
        [sys.executable, "-c", make + "; input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as living:
        assert living.stdout is not None
        kept = Path(living.stdout.readline().strip())
        mine = [new_runtime("kernel"), new_runtime("kernel")]
        assert not Path(dead.stdout.strip()).exists()
        assert kept.is_dir()
        living.communicate("\n")
    assert len({*mine, new_runtime("kernel")}) == 3
    assert all(path.is_dir() and mode(path) == 0o700 for path in mine)
