"""The embedded mongod: one for all processes of the user, private, safe, and gone when nobody needs it."""

import contextlib
import json
import os
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from twilio_nb.errors import ConfigurationError, StoreUnavailable
from twilio_nb.storage.binaries import find_mongod
from twilio_nb.storage.dbpath import DbPath, refuse_network_file_system
from twilio_nb.storage.mongod import Mongod, problems

NUMBER, BODY = "+15558675309", "meet me at noon"
Find = Callable[..., list[psutil.Process]]
Client = MongoClient[dict[str, Any]]


def runtime(home: Path) -> Path:
    return Path((home / "runtime").read_text())


class Server(NamedTuple):
    """A mongod of the test's own."""

    uri: str
    home: Path
    find: Find

    @property
    def root(self) -> Path:
        return runtime(self.home)

    @property
    def surroundings(self) -> Path:
        return self.home.parent.parent

    @contextlib.contextmanager
    def client(self) -> Iterator[Client]:
        client: Client = MongoClient(self.uri, heartbeatFrequencyMS=1000, serverSelectionTimeoutMS=5000)
        with client:
            yield client

    def process(self) -> psutil.Process:
        (process,) = [one for one in self.find(self.surroundings) if one.name() == "mongod"]
        return process

    def keeper(self) -> psutil.Process:
        return psutil.Process(int((self.root / "keeper.lock").read_text()))


@pytest.fixture
def home(own_surroundings: Path) -> Path:
    return own_surroundings / "data" / "mongod"


@pytest.fixture
def server(home: Path, find_processes: Find) -> Iterator[Server]:
    mongod = Mongod()
    yield Server(mongod.acquire(), home, find_processes)
    mongod.release()


@contextlib.contextmanager
def held(home: Path, find_processes: Find) -> Iterator[Server]:
    mongod = Mongod()
    try:
        yield Server(mongod.acquire(), home, find_processes)
    finally:
        mongod.release()


def works_again(client: Client, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(PyMongoError):
            client.test.texts.insert_one({"again": True})
            return True
    return False


def test_it_is_private_to_the_user_and_listens_on_no_port(server: Server) -> None:
    process = server.process()
    assert process.net_connections("inet") == []
    for path in (server.root / "mongod.sock", *(server.home / name for name in ("keyfile", "credentials"))):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for path in (server.root, server.home, server.home / "db"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    log = server.home / "mongod.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_client_without_the_password_is_refused(server: Server) -> None:
    address = "mongodb://" + server.uri.split("@")[1]
    with MongoClient[dict[str, Any]](address) as client:
        with pytest.raises(OperationFailure, match="requires authentication"):
            client.test.texts.find_one({})
        with pytest.raises(OperationFailure):
            client.admin.command({"createUser": "intruder", "pwd": "x", "roles": ["root"]})
    with (
        MongoClient[dict[str, Any]](server.uri.replace(server.uri[20:28], "00000000")) as client,
        pytest.raises(OperationFailure, match="Authentication failed"),
    ):
        client.test.texts.find_one({})


def test_it_is_a_replica_set_with_change_streams_and_transactions(server: Server) -> None:
    with server.client() as client, client.test.texts.watch() as changes:
        with client.start_session() as session, session.start_transaction():
            client.test.texts.insert_one({"_id": "SM1"}, session=session)
            client.test.texts.insert_one({"_id": "SM2"}, session=session)
        assert [next(changes)["documentKey"]["_id"] for _ in range(2)] == ["SM1", "SM2"]


def test_what_was_stored_is_there_after_all_users_have_left_and_come_back(
    home: Path, find_processes: Find
) -> None:
    for number in range(2):
        with held(home, find_processes) as server, server.client() as client:
            client.test.texts.insert_one({"_id": number})
            assert client.test.texts.count_documents({}) == number + 1
        assert find_processes(server.surroundings, patience=3) == []
    assert json.loads((home / "version.json").read_text()) == {"mongod": find_mongod().version}


def test_it_is_back_by_itself_after_it_was_killed_and_has_lost_nothing(server: Server) -> None:
    with server.client() as client:
        client.test.texts.insert_one({"_id": "SM1"})
        first = server.process()
        first.kill()
        assert works_again(client, seconds=3)
        assert client.test.texts.find_one({"_id": "SM1"})
        assert server.process() != first


def test_it_is_back_after_its_keeper_was_killed(server: Server) -> None:
    with server.client() as client:
        client.test.texts.insert_one({"_id": "SM1"})
        keeper = server.keeper()
        keeper.kill()
        time.sleep(0.5)  # until the mongod has ended with it
        assert works_again(client, seconds=3)
        assert client.test.texts.find_one({"_id": "SM1"})
        assert server.keeper() != keeper


def test_it_is_gone_within_three_seconds_after_its_user_and_its_keeper_were_killed(
    home: Path, find_processes: Find, own_surroundings: Path
) -> None:
    with process_with_share() as user:
        pid_said(user)
        keeper = psutil.Process(int((runtime(home) / "keeper.lock").read_text()))
        keeper.kill()
        user.kill()
        user.wait()
        assert find_processes(own_surroundings, patience=3) == []


@contextlib.contextmanager
def process_with_share(before: str = "", **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has written a text and waits."""
    program = f"""
        from pymongo import MongoClient
        from twilio_nb.storage.mongod import Mongod
        {before}
        mongod = Mongod()
        client = MongoClient(mongod.acquire())
        client.test.texts.insert_one({{}})
        print(client.admin.command("serverStatus")["pid"], flush=True)
        input()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def pid_said(process: "subprocess.Popen[str]") -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_eight_processes_at_once_have_one_mongod_in_every_round(
    find_processes: Find, own_surroundings: Path
) -> None:
    for leave in ("in order", "by kill -9", "in order"):
        with contextlib.ExitStack() as stack:
            users = [stack.enter_context(process_with_share()) for _ in range(8)]
            assert len({pid_said(user) for user in users}) == 1
            assert sum(one.name() == "mongod" for one in find_processes(own_surroundings)) == 1
            for user in users:
                if leave == "in order":
                    user.communicate("\n")
                else:
                    user.kill()
        assert find_processes(own_surroundings, patience=3) == []


def test_a_session_with_another_runtime_directory_uses_the_same_mongod(server: Server) -> None:
    other = server.surroundings / "other"
    other.mkdir(mode=0o700)
    with process_with_share(XDG_RUNTIME_DIR=str(other)) as user:
        assert pid_said(user) == server.process().pid


@pytest.mark.parametrize("step", ["_create_user", "_record_version"])
def test_a_start_that_was_broken_off_is_carried_on_by_the_next_one(
    step: str, home: Path, find_processes: Find
) -> None:
    broken = f"import os; from twilio_nb.storage import replica; replica.{step} = lambda *_: os._exit(1)"
    with process_with_share(broken) as user:
        user.wait(20)
    assert not (home / "version.json").exists()
    with held(home, find_processes) as server, server.client() as client:
        assert client.test.texts.insert_one({}).acknowledged


def test_no_number_and_no_body_gets_into_the_log(server: Server) -> None:
    with server.client() as client:
        texts = client.test.texts
        texts.insert_many([{"_id": number, "from": NUMBER, "body": BODY} for number in range(20_000)])
        slow = {"$reduce": {"input": {"$range": [0, 40]}, "initialValue": 0, "in": {"$add": ["$$value", 1]}}}
        condition = {"from": NUMBER, "body": BODY, "$expr": {"$lt": [slow, 0]}}
        assert list(texts.find(condition)) == []
        # Each of these is a line with the condition or the document in mongod's own output.
        with pytest.raises(PyMongoError):
            list(texts.find(condition).max_time_ms(1))
        with pytest.raises(PyMongoError):
            texts.find_one_and_update({"from": NUMBER, "body": BODY}, {"$inc": {"body": 1}})
        with pytest.raises(PyMongoError):
            texts.create_index("from", unique=True)
        strict = {"$jsonSchema": {"required": ["to"]}}
        client.test.create_collection("strict", validator=strict, validationAction="warn")
        client.test.strict.insert_one({"from": NUMBER, "body": BODY})
        server.process().kill()
        assert works_again(client, seconds=5)
    log = (server.home / "mongod.log").read_text()
    assert log.count("initandlisten") > 10
    assert NUMBER not in log
    assert BODY not in log


def test_an_orphan_of_ours_is_ended_and_started_anew(home: Path, find_processes: Find) -> None:
    with held(home, find_processes) as server:
        command, root = server.process().cmdline(), server.root
    assert find_processes(server.surroundings, patience=3) == []
    # As on a system that does not end a mongod together with its keeper.
    orphan = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not (root / "mongod.sock").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        with held(home, find_processes) as server, server.client() as client:
            assert orphan.wait(5) == 0
            assert client.test.texts.insert_one({}).acknowledged
    finally:
        orphan.kill()


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


def test_files_of_an_older_mongod_are_brought_to_the_present_version(
    home: Path, find_processes: Find
) -> None:
    with held(home, find_processes) as server:
        pass
    assert find_processes(server.surroundings, patience=3) == []
    DbPath(home).record_version("4.4.1")
    version = find_mongod().version
    with held(home, find_processes) as server, server.client() as client:
        said = client.admin.command({"getParameter": 1, "featureCompatibilityVersion": 1})
        assert version.startswith(said["featureCompatibilityVersion"]["version"])
    assert json.loads((home / "version.json").read_text()) == {"mongod": version}


def test_a_lost_password_is_said_so(home: Path, find_processes: Find) -> None:
    with held(home, find_processes):
        pass
    (home / "credentials").unlink()
    with pytest.raises(ConfigurationError, match="credentials is gone"):
        Mongod().acquire()


def test_a_wrong_password_is_said_so(home: Path, find_processes: Find) -> None:
    with held(home, find_processes) as server:
        pass
    assert find_processes(server.surroundings, patience=3) == []
    (home / "credentials").write_text('{"user": "twilio_nb", "password": "0000"}')
    with pytest.raises(ConfigurationError, match="is not that of the database"):
        Mongod().acquire()


def test_a_mongod_that_cannot_start_is_an_error_that_says_why(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    DbPath(home)
    (home / "db" / "WiredTiger.turtle").write_text("damaged")
    (home / "db" / "WiredTiger").write_text("damaged")
    (home / "db" / "WiredTiger.wt").write_text("damaged")
    with pytest.raises(StoreUnavailable, match="The embedded mongod cannot be used: it ended with") as raised:
        Mongod().acquire()
    assert "WiredTiger" in str(raised.value)


def test_what_the_log_says_of_a_failure_are_its_errors(tmp_path: Path) -> None:
    log = tmp_path / "mongod.log"
    lines = [{"s": "I", "msg": "hello"}, {"s": "E", "msg": "No space", "attr": {"code": 28}}] + [
        {"s": "I", "msg": "shutting down"}
    ] * 20
    log.write_text("\n".join(map(json.dumps, lines)))
    assert problems(log) == 'No space: {"code": 28}'
    log.write_text("mongod: error while loading shared libraries: libcurl.so.4")
    assert "libcurl" in problems(log)


class TestFindingMongod:
    """Which mongod is taken, and what is said when there is none."""

    @staticmethod
    def program(folder: Path, script: str) -> Path:
        folder.mkdir()
        path = folder / "mongod"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def test_the_one_that_was_chosen_comes_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chosen = self.program(tmp_path / "chosen", "echo db version v7.0.28")
        monkeypatch.setenv("TWILIO_NB_MONGOD", str(chosen))
        assert find_mongod() == (chosen, "7.0.28")

    def test_one_from_a_wheel_comes_before_one_on_path(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        on_path = self.program(tmp_path / "bin", "echo db version v7.0.28")
        monkeypatch.setenv("PATH", str(on_path.parent))
        assert "fiftyone" in str(find_mongod().path)
        monkeypatch.setattr("twilio_nb.storage.binaries.DISTRIBUTIONS", ())
        assert find_mongod() == (on_path, "7.0.28")

    def test_without_any_one_error_names_every_remedy(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_surroundings: Path
    ) -> None:
        broken = self.program(
            tmp_path / "bin", "echo libcurl.so.4: cannot open shared object file >&2; exit 127"
        )
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
        self, chosen: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TWILIO_NB_MONGOD", chosen)
        with pytest.raises(ConfigurationError, match=f"{chosen} does not run"):
            find_mongod()
