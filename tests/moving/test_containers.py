"""Zips and folders whose makers mean no good lead nowhere, fill nothing, and never raise anything but a sentence."""

import contextlib
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.moving.conftest import cells, said
from tests.moving.exports import Exported, write, zipped
from twilio_nb.errors import ConfigurationError
from twilio_nb.moves import Move, import_app
from twilio_nb.moving import containers
from twilio_nb.moving.decisions import Kind
from twilio_nb.moving.plan import Plan

Import = Callable[..., Move]


def added(export: Path, name: str, content: bytes = b"{}", mode: int = 0o644) -> Path:
    """Put one more member into a zip, under any name."""
    one = zipfile.ZipInfo(name)
    one.external_attr = mode << 16
    one.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(export, "a") as packed:
        packed.writestr(one, content)
    return export


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.json",
        "/etc/evil.json",
        "a/../../evil.json",
        "C:/evil.json",
        "..\\evil.json",
        "x" * 400 + ".json",
    ],
)
def test_a_name_that_leads_out_of_a_zip_is_not_read(name: str, place: Path, imported: Import) -> None:
    move = imported(added(zipped(Exported().g1(place / "app")), name))

    assert "Its name leads out of the export; not read" in said(move, Kind.LEFT_OUT)
    assert list(place.parent.glob("**/evil.json")) == []
    assert "hotline" in cells(move)[1]


def test_a_symbolic_link_in_a_zip_is_not_followed(place: Path, imported: Import) -> None:
    write(place / "outside.json", '{"name": "outside", "value": "mine"}')
    export = zipped(Exported().g1(place / "app"), above="")
    added(export, "values/outside.json", os.fsencode(place / "outside.json"), stat.S_IFLNK | 0o777)

    move = imported(export)

    assert "values/outside.json: It is a symbolic link" in said(move, Kind.LEFT_OUT)
    assert "outside" not in "\n".join(cells(move))


def test_a_symbolic_link_in_a_folder_is_not_followed(place: Path, imported: Import) -> None:
    write(place / "outside/values/outside.json", '{"name": "outside", "value": "mine"}')
    export = Exported().g1(place / "app")
    (export / "values/outside.json").symlink_to(place / "outside/values/outside.json")
    (export / "environments").rename(export / "old")
    (export / "environments").symlink_to(place / "outside/values")

    move = imported(export)

    assert "values/outside.json: It is a symbolic link" in said(move, Kind.LEFT_OUT)
    assert "outside" not in "\n".join(cells(move))


def test_a_pipe_in_a_folder_does_not_hold_it_up(place: Path, imported: Import) -> None:
    export = Exported().g1(place / "app")
    os.mkfifo(export / "values/pipe.json")

    assert "hotline" in cells(imported(export))[1]


def test_a_file_that_unpacks_to_more_than_it_may_is_not_read(place: Path, imported: Import) -> None:
    export = zipped(Exported().g1(place / "app"), above="")
    added(export, "values/bomb.json", b"0" * (containers.LARGEST_FILE + 1))

    assert "values/bomb.json: It is larger than 4 MiB" in said(imported(export), Kind.DAMAGED)


def test_a_zip_that_unpacks_to_more_than_it_may_is_refused(place: Path) -> None:
    export = zipped(Exported().g1(place / "app"))
    with zipfile.ZipFile(export, "a", zipfile.ZIP_DEFLATED) as packed:
        for number in range(17):
            packed.writestr(f"values/v{number}.json", b"0" * containers.LARGEST_FILE)

    with pytest.raises(ConfigurationError, match="more than 64 MiB"):
        import_app(export, place / "made")


def test_a_zip_of_too_many_files_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MOST", 20)

    with pytest.raises(ConfigurationError, match="more than 20 files"):
        import_app(zipped(Exported().g1(place / "app")), place / "made")


def test_a_member_with_a_password_is_named(place: Path, imported: Import) -> None:
    export = zipped(Exported().g1(place / "app"), above="")
    content = bytearray(export.read_bytes())
    at = content.rfind(b"PK\x01\x02", 0, content.rfind(b"values/staff.json"))
    local = content.find(b"PK\x03\x04", 0)
    while content[local + 30 : local + 30 + 17] != b"values/staff.json":
        local = content.find(b"PK\x03\x04", local + 4)
    content[at + 8] |= 1  # the flag that says so, in the directory and before the file
    content[local + 6] |= 1
    export.write_bytes(content)

    assert "values/staff.json: It is locked with a password" in said(imported(export), Kind.DAMAGED)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_to_a_zip_raises_anything_but_a_sentence(data: st.DataObject, tmp_path: Path) -> None:
    export = tmp_path / "app.zip"
    if not (tmp_path / "sound").exists():
        zipped(Exported().g1(tmp_path / "sound")).rename(tmp_path / "sound.zip")
    content = bytearray((tmp_path / "sound.zip").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    export.write_bytes(content[: data.draw(st.sampled_from([len(content), len(content) // 2, 30]))])

    with contextlib.suppress(ConfigurationError):
        assert len(Plan.of(export).decisions) > 0
