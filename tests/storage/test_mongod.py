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

from twilio_nb.storage.binaries import find_mongod
from twilio_nb.storage.mongod import Mongod

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
    yield Server(mongod.acquire().reveal(), home, find_processes)
    mongod.release()


@contextlib.contextmanager
def held(home: Path, find_processes: Find) -> Iterator[Server]:
    mongod = Mongod()
    try:
        yield Server(mongod.acquire().reveal(), home, find_processes)
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


def test_it_believes_its_clients_what_time_it_is_since_it_has_no_keys_when_it_is_just_back(
    server: Server,
) -> None:
    with server.client() as client:
        assert client.test.command("ping")["$clusterTime"]["signature"]["keyId"] == 0


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
        client = MongoClient(mongod.acquire().reveal())
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


def test_a_session_with_another_runtime_directory_uses_the_same_mongod(server: Server) -> None:
    other = server.surroundings / "other"
    other.mkdir(mode=0o700)
    with process_with_share(XDG_RUNTIME_DIR=str(other)) as user:
        assert pid_said(user) == server.process().pid


@pytest.mark.parametrize("step", ["_create_user", "_trust_clocks"])
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
