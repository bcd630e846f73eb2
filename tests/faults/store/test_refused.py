"""Data directories in which texts would not be safe: nothing starts there, and a person reads what to do."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

import twilio_nb
from tests.faults.parts.moments import eventually
from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.binaries import find_mongod
from twilio_nb.storage.dbpath import DbPath

Find = Callable[..., list[psutil.Process]]

REMEDY = "Set TWILIO_NB_DATA to a directory on a local disk that nobody else uses"


@pytest.fixture
def home(own_surroundings: Path) -> Path:
    return own_surroundings / "data" / "mongod"


@pytest.fixture
def elsewhere(home: Path) -> Iterator[psutil.Process]:
    """A mongod that is none of ours and uses the files, such as that of another container."""
    dbpath = DbPath(home)
    socket = home / "elsewhere.sock"
    command = [find_mongod().path, "--dbpath", dbpath.database, "--bind_ip", socket, "--nounixsocket"]
    process = psutil.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)
    try:
        eventually(socket.exists)
        yield process
    finally:
        process.kill()
        process.wait(10)


def refusal() -> str:
    """What a person reads who connects."""
    with pytest.raises(ConfigurationError) as raised:
        twilio_nb.connect("line", account_sid="AC" + "0" * 32)
    return str(raised.value)


def test_a_data_directory_in_use_elsewhere_is_refused_and_its_user_left_alone(
    home: Path, elsewhere: psutil.Process, find_processes: Find, ledger: Any
) -> None:
    said = refusal()

    assert f"{home}/db is in use by another mongod (its lock names pid {elsewhere.pid})" in said
    assert REMEDY in said
    assert [process.pid for process in find_processes(home.parent.parent)] == [elsewhere.pid]
    ledger("data directory in use elsewhere", says="in the error: … is in use by another mongod …")


def test_a_data_directory_on_a_network_file_system_is_refused_and_nothing_is_made_there(
    home: Path, monkeypatch: pytest.MonkeyPatch, ledger: Any
) -> None:
    class Mount(NamedTuple):
        mountpoint: str
        fstype: str

    # A real one needs a server; what the system says of its mounts is all that is imitated.
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [Mount(str(home.parent.resolve()), "nfs4")])

    said = refusal()

    assert f"{home} is on a network file system (nfs4" in said
    assert REMEDY in said
    assert not home.exists()
    ledger("data directory on a network file system", says="in the error: … is on a network file system …")
