"""Hardening a MongoDB that `TWILIO_NB_MONGODB_URI` names: as its owner, as somebody who may make no users, and one
that asks nobody for a password."""

import contextlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import twilio_nb
from tests import planted
from tests.storage.servers import Server, guarded
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError, SecretNotFound
from twilio_nb.service import Service
from twilio_nb.storage import safe
from twilio_nb.storage.directories import data_directory

Connect = Callable[[str], Service]
NAME = "handlers"
LOGIN = f"{NAME}-collector"


def started(start: Callable[[Path], Server]) -> Iterator[Server]:
    root = Path(tempfile.mkdtemp(prefix="tnb-mongod-", dir="/tmp"))
    server = start(root)
    yield server
    server.kill()
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A mongod with access control."""
    yield from started(guarded)


@pytest.fixture(scope="module")
def unguarded() -> Iterator[Server]:
    """A mongod without."""

    def start(root: Path) -> Server:
        server = Server(root, "--replSet", "rs0")
        server.initiate()
        return server

    yield from started(start)


@pytest.fixture
def connect(account: SandboxAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Connect a service whose texts, users and collections are on another server."""
    opened: list[Service] = []
    definition = account.service.definition
    monkeypatch.setenv("TWILIO_NB_SECRET_ELSEWHERE", account.service.token.reveal())
    monkeypatch.setenv("TWILIO_NB_DATABASE", NAME)

    def open_at(uri: str) -> Service:
        monkeypatch.setenv("TWILIO_NB_MONGODB_URI", uri)
        opened.append(
            twilio_nb.connect("elsewhere", account_sid=definition.account_sid, api_url=definition.api_url)
        )
        opened[-1].users.add("collector", may=["insert into demo.texts"])
        return opened[-1]

    yield open_at
    for service in opened:
        service.close()
    with contextlib.suppress(SecretNotFound):
        safe.forget([LOGIN])


@pytest.fixture
def clean(server: Server) -> Iterator[None]:
    """Leave nothing of a test on the server that the module's tests share."""
    yield
    with server.client() as client:
        for database in (NAME, "demo"):
            client.drop_database(database)
        for kind in ("User", "Role"):
            if client.admin.command(f"{kind.lower()}sInfo", LOGIN)[f"{kind.lower()}s"]:
                client.admin.command(f"drop{kind}", LOGIN)


def limited(server: Server) -> str:
    """The address for somebody who may write everywhere, and make no users."""
    with server.client() as client:
        if client.admin.command("usersInfo", "writer")["users"]:
            client.admin.command("dropUser", "writer")
    return server.make_user("writer", "readWriteAnyDatabase", "dbAdminAnyDatabase")


def row_of_user(hardened: Any) -> dict[str, str]:
    (row,) = [one for one in hardened.rows if one["what"] == "user collector"]
    return dict(row)


def problems(service: Service) -> list[str]:
    return [one.sentence for one in service.doctor() if one.state == "problem"]


@pytest.mark.usefixtures("clean")
def test_its_owner_makes_users_whose_passwords_are_kept_as_secrets(server: Server, connect: Connect) -> None:
    service = connect(server.uri)

    assert row_of_user(service.harden())["state"] == "made"
    assert problems(service) == []
    assert LOGIN in json.loads((data_directory() / "secrets.json").read_text())
    assert service.users._text().endswith("known")


@pytest.mark.usefixtures("clean")
def test_who_may_make_no_users_is_told_how_and_looks_afterwards(
    server: Server, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = connect(limited(server))

    before = service.harden()
    with pytest.raises(ConfigurationError, match=r"service\.harden"):
        service.define(lambda payload: None, "save", run_as="collector")
    role = json.loads(re.findall(r"createRole\((.*)\)$", before.steps[0])[0])
    password = planted.token()
    with server.client() as client:  # what somebody else does with the commands
        client.admin.command({"createRole": role.pop("role"), **role})
        client.admin.command("createUser", LOGIN, pwd=password, roles=[LOGIN])
    wrong = service.harden()
    twilio_nb.secrets.set(LOGIN, password)
    after = service.harden()

    assert row_of_user(before)["state"] == "to be made, see below"
    assert before.steps[1:] == [
        f'db.getSiblingDB("admin").createUser({{user: "{LOGIN}", pwd: passwordPrompt(), roles: ["{LOGIN}"]}})',
        f"twilio_nb.secrets.set({LOGIN!r})  # in a cell: asks for the same password, and keeps it",
    ]
    assert all(step in before._text() for step in before.steps)
    assert wrong.steps == before.steps
    assert (row_of_user(after)["state"], after.steps) == (f"there, made by somebody else as {LOGIN}", [])
    assert problems(service) == []


@pytest.mark.usefixtures("clean")
def test_a_password_that_is_not_the_users_is_pointed_out(server: Server, connect: Connect) -> None:
    service = connect(limited(server))
    twilio_nb.secrets.set(LOGIN, planted.token())

    hardened = service.harden()

    assert row_of_user(hardened)["state"] == "unknown to MongoDB, or with another password"
    assert len(hardened.steps) == 3
    assert any("code 18" in sentence for sentence in problems(service))


@pytest.mark.usefixtures("clean")
def test_removing_a_user_says_what_somebody_else_has_to_do(server: Server, connect: Connect) -> None:
    service = connect(limited(server))

    note = service.users.remove("collector")

    assert f'dropUser("{LOGIN}")' in note._text()
    assert list(service.users) == []


def test_a_server_that_asks_nobody_for_a_password_holds_nobody_to_anything(
    unguarded: Server, connect: Connect
) -> None:
    service = connect(unguarded.uri)

    row = row_of_user(service.harden())

    assert row["state"] == "useless"
    assert "access control" in row["prevents"]
    assert any("without a password" in sentence for sentence in problems(service))
    assert any("was not refused: find in demo.texts" in sentence for sentence in problems(service))
