"""The notebook of an app, run with an account of one's own, in a real shell: all is declared, made and tried."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests import planted
from tests.moving.conftest import cells, said
from tests.moving.exports import Exported, Service, put
from tests.notebook.conftest import shell as shell  # a fixture
from twilio_nb.moves import Move, import_app
from twilio_nb.moving.decisions import Kind
from twilio_nb.receiving.host import Host
from twilio_nb.storage.database import Database
from twilio_nb.storage.users import drop_users

if TYPE_CHECKING:
    from twilio_nb.storage.mongod import Mongod

SOURCE = "exports = function(payload, response) { return 1; };"
CONDITION = {"Body": {"$nin": ["it's {secret} $HOME 'quoted'", "été", "a\\b", "stop"]}}
NAMES = ("été", "日本", "中国", "-x", "class", "inbox", "hotline")
ROLES = ("next", "an é", "x" * 100, "-", "日本")
NOWHERE = ("de mo.texts", "a/b.texts", "demo.my texts", "d" * 70 + ".texts", "demo." + "t" * 260)


def odd(folder: Path, database: str) -> Path:
    """Write an app whose names are as people gave them, not as a notebook would like them."""
    hooks = {name: ({"respond_result": True, "can_evaluate": CONDITION}, SOURCE) for name in NAMES}
    rules: dict[str, dict[str, Any]] = {
        "-a": {"actions": ["send"]},
        "é": {"actions": ["send"], "when": {"to": "+1'5"}},
    }
    first = Service("_hot line-next", secret=None, webhooks=hooks, rules=rules)
    export = Exported([first, Service("日本", secret="x_next", webhooks={}, rules={})]).g3(folder)
    names = {f"{database}.odd": ROLES, **dict.fromkeys(NOWHERE, ("r",))}
    for number, (name, roles) in enumerate(names.items()):
        above, (of, _, collection) = export / f"data_sources/atlas/demo/{number}", name.partition(".")
        said = [{"name": role, "read": True} for role in roles]
        put(above / "rules.json", {"database": of, "collection": collection, "roles": said})
        put(above / "schema.json", {"required": ["a"]})
    return export


@pytest.fixture
def ran(
    shell: InteractiveShell, mongod: "Mongod", place: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Move]:
    """Import it, and run the notebook as for a real account, whose API is not there."""
    name = f"test_{secrets.token_hex(4)}"
    monkeypatch.setenv("TWILIO_NB_DATABASE", name)
    monkeypatch.setenv("TWILIO_NB_ENVIRONMENT", "production")  # which the notebook sets, here for all tests
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", planted.token())
    monkeypatch.setenv("TWILIO_NB_SECRET_WEATHER_KEY", planted.token())
    move = import_app(odd(place / "app", name), place / "made")
    for cell in cells(move):
        own = cell.replace("TRIAL = True", "TRIAL = False")
        reached = own.replace("account_sid=", 'api_url="http://127.0.0.1:9", account_sid=')
        shell.run_cell(reached).raise_error()  # type: ignore[no-untyped-call]
    yield move
    for service in ("_hot_line_next", "service"):
        shell.user_ns[service].close()
    if (host := Host.running()) is not None:
        host.close()
    with Database.open(name) as database:
        drop_users(database)
        database.drop()


def test_an_app_of_odd_names_runs_whole_and_mongodb_enforces_what_it_declares(
    ran: Move, shell: InteractiveShell
) -> None:
    service = shell.user_ns["_hot_line_next"]
    assert {row["webhook"] for row in service.webhooks()} >= {
        *("ete", "webhook", "webhook-2", "x", "class", "inbox-2", "hotline"),
    }
    assert all(
        'where {"Body": {"$nin": ["it\'s {secret} $HOME \'quoted\'"' in repr(service.handler(name))
        for name in ("ete", "x")
    )
    assert {user.name for user in service.users} == {"next", "an-e", "x" * 64, "user", "user-2", "collector"}
    found = {one.sentence.partition(" ")[0]: one.state for one in service.doctor()}
    assert [found[f"'{user.name}'"] for user in service.users] == ["ok"] * 6
    refused = said(ran, Kind.LEFT_OUT)
    assert all(f"The collection {name!r} was not taken" in refused for name in NOWHERE)
    assert "kept as 'hot-line-next-token'" in said(ran, Kind.LOOK)
