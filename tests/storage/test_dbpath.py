"""Which files the embedded mongod refuses, and what it says."""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
from pymongo import MongoClient

from twilio_nb.errors import ConfigurationError, StoreUnavailable
from twilio_nb.storage.binaries import find_mongod
from twilio_nb.storage.dbpath import DbPath
from twilio_nb.storage.filesystems import refuse_network_file_system
from twilio_nb.storage.mongod import Mongod

Find = Callable[..., list[psutil.Process]]


@pytest.fixture
def home(own_surroundings: Path) -> Path:
    return own_surroundings / "data" / "mongod"


@contextlib.contextmanager
def running() -> Iterator[MongoClient[dict[str, Any]]]:
    mongod = Mongod()
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(mongod.acquire().reveal())
        with client:
            yield client
    finally:
        mongod.release()


@pytest.fixture
def used(home: Path, find_processes: Find) -> Path:
    """The files of a mongod that has run once and has ended."""
    with running():
        pass
    assert find_processes(home.parent.parent, patience=3) == []
    return home


def test_files_that_somebody_else_uses_are_refused_with_the_remedy(home: Path) -> None:
    DbPath(home)
    holder = f"""if True:
        import fcntl
        lock = open({str(home / "db" / "mongod.lock")!r}, "w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        print("locked", flush=True)
        input()
    """
    with subprocess.Popen(
        [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        with pytest.raises(ConfigurationError, match="in use by another mongod") as raised:
            Mongod().acquire()
        assert process.poll() is None
        process.communicate("\n")
    assert "TWILIO_NB_DATA" in str(raised.value)
    assert "TWILIO_NB_MONGODB_URI" in str(raised.value)


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "lustre", "ceph", "FUSE.GLUSTERFS"])
def test_a_network_file_system_is_refused_with_the_remedy(
    kind: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted(monkeypatch, ("/", "ext4"), (str(home.parent.resolve()), kind), ("/elsewhere", "ext4"))
    with pytest.raises(ConfigurationError, match=f"network file system \\({kind.lower()}") as raised:
        Mongod().acquire()
    assert "TWILIO_NB_DATA" in str(raised.value)
    assert "TWILIO_NB_MONGODB_URI" in str(raised.value)
    assert not home.exists()


@pytest.mark.parametrize("kind", ["ext4", "overlay", "9p", "tmpfs", "fuseblk", "apfs"])
def test_a_local_disk_below_a_network_file_system_is_accepted(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted(monkeypatch, ("/", "nfs"), (str(tmp_path), "nfs"), (str(tmp_path), kind))
    refuse_network_file_system(tmp_path / "data")


def mounted(monkeypatch: pytest.MonkeyPatch, *mounts: tuple[str, str]) -> None:
    class Mount(NamedTuple):
        mountpoint: str
        fstype: str

    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [Mount(*mount) for mount in mounts])


def test_files_of_a_newer_mongod_are_refused(home: Path) -> None:
    DbPath(home).record_version("99.1.0")
    with pytest.raises(ConfigurationError, match=r"last opened by mongod 99\.1\.0; this is mongod") as raised:
        Mongod().acquire()
    assert "TWILIO_NB_MONGOD" in str(raised.value)


def test_files_of_an_older_mongod_are_brought_to_the_present_version(used: Path) -> None:
    version = find_mongod().version
    assert DbPath(used).recorded_version() == version
    DbPath(used).record_version("4.4.1")
    with running() as client:
        said = client.admin.command({"getParameter": 1, "featureCompatibilityVersion": 1})
        assert version.startswith(said["featureCompatibilityVersion"]["version"])
    assert DbPath(used).recorded_version() == version


def test_a_lost_password_is_said_so(used: Path) -> None:
    (used / "credentials").unlink()
    with pytest.raises(ConfigurationError, match="credentials is gone"):
        Mongod().acquire()


def test_a_wrong_password_is_said_so(used: Path) -> None:
    (used / "credentials").write_text('{"user": "twilio_nb", "password": "0000"}')
    with pytest.raises(ConfigurationError, match="is not that of the database"):
        Mongod().acquire()


def test_a_mongod_that_cannot_start_is_an_error_that_says_why(home: Path) -> None:
    DbPath(home)
    for name in ("WiredTiger.turtle", "WiredTiger", "WiredTiger.wt"):
        (home / "db" / name).write_text("damaged")
    with pytest.raises(StoreUnavailable, match="The embedded mongod cannot be used: it ended with") as raised:
        Mongod().acquire()
    assert "WiredTiger" in str(raised.value)
