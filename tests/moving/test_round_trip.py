"""What was imported and stored is exported as it came, and imports as the same."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests import planted
from tests.moving.conftest import cells
from tests.moving.exports import SID, Exported
from tests.notebook.conftest import shell as shell  # a fixture
from twilio_nb.cli import main
from twilio_nb.domain.configuration import files
from twilio_nb.domain.definitions import ServiceDefinition, WebhookDefinition
from twilio_nb.moves import Move, export_app, import_app
from twilio_nb.receiving.host import Host
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry

if TYPE_CHECKING:
    from twilio_nb.storage.mongod import Mongod


@pytest.fixture
def stored(
    shell: InteractiveShell, mongod: "Mongod", place: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Move]:
    """Import an app, and run its notebook for a real account, in a database of its own."""
    name = f"test_{secrets.token_hex(4)}"
    monkeypatch.setenv("TWILIO_NB_DATABASE", name)
    monkeypatch.setenv("TWILIO_NB_ENVIRONMENT", "production")  # which the notebook sets, here for all tests
    for secret in ("HOTLINETOKEN", "WEATHER_KEY"):
        monkeypatch.setenv(f"TWILIO_NB_SECRET_{secret}", planted.token())
    app = Exported()
    config, source = app.services[0].webhooks["saveText"]
    app.services[0].webhooks = {
        "saveText": (config | {"disabled": True}, source),
        "quiet": ({"respond_result": False}, source),
    }
    move = import_app(app.g1(place / "app"), place / "first")
    for cell in cells(move):
        shell.run_cell(  # type: ignore[no-untyped-call]
            cell.replace("TRIAL = True", "TRIAL = False").replace("display(hotline.harden())", "pass")
        ).raise_error()
    yield move
    shell.user_ns["hotline"].close()
    if (host := Host.running()) is not None:
        host.close()
    with Database.open(name) as database:
        database.drop()


def parts(move: Move) -> list[str]:
    """What a notebook says of the Twilio parts: services with their rules, values, and the first lines of webhooks."""
    code = [cell for cell in cells(move) if not cell.startswith(("@twilio_nb", "hotline.collections"))]
    return [cell.splitlines()[0] if cell.startswith("%%") else cell for cell in code]


def test_an_app_that_was_imported_exports_and_imports_as_the_same(stored: Move, place: Path) -> None:
    export_app(place / "exported")

    again = import_app(place / "exported", place / "second")

    assert parts(again)[:-1] == parts(stored)[:-1]
    assert len(parts(again)) > 5

    # in the layout of 2021, in the form that files of an app always have, and with the names of secrets only
    service = place / "exported/services/hotline"
    assert json.loads((service / "config.json").read_text())["secret_config"] == {
        "auth_token": "hotlineToken"
    }
    assert sorted(path.name for path in (service / "rules").iterdir())[:2] == ["known.json", "office.json"]
    assert json.loads((place / "exported/values/ourNumber.json").read_text())["value"] == {
        "$numberLong": "15558675310"
    }
    for path in (place / "exported").rglob("*.json"):
        assert files.write(json.loads(path.read_text())) == path.read_text()
    assert planted.in_files([place / "exported"], [planted.MARK]) == []


def test_nothing_is_exported_where_nothing_is_stored(
    place: Path, mongod: "Mongod", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TWILIO_NB_DATABASE", f"test_{secrets.token_hex(4)}")

    assert main(["export", str(place / "exported")]) == 1

    assert "There is nothing to export" in capsys.readouterr().err
    assert not (place / "exported").exists()


def test_a_service_with_an_api_key_has_no_place_in_an_export(
    place: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:  # CFG-01
    monkeypatch.setenv("TWILIO_NB_DATABASE", database.name)
    Registry(database).save_service(ServiceDefinition("keyed", SID, api_key="SK" + "0" * 32))

    exported = export_app(place / "exported")

    assert "not in it – services/keyed: A config.json has no place for an API key" in repr(exported)
    assert [path.name for path in (place / "exported").iterdir()] == ["realm_config.json"]


def test_of_the_user_as_whom_a_webhook_runs_an_export_has_the_name_only_and_says_so(
    place: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:  # WHC-03
    monkeypatch.setenv("TWILIO_NB_DATABASE", database.name)
    Registry(database).save_service(ServiceDefinition("hotline", SID))
    Registry(database).save_webhook(WebhookDefinition("hotline", "save", run_as_user_id="collector"))

    exported = export_app(place / "exported")

    hook = "services/hotline/incoming_webhooks/save"
    assert f"not in it – {hook}: The user 'collector', as whom it runs: only the name" in repr(exported)
    assert json.loads((place / f"exported/{hook}/config.json").read_text())["run_as_user_id"] == "collector"


def test_exporting_twice_changes_nothing(
    stored: Move, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(place / "exported")]) == 0
    before = {path: path.read_bytes() for path in (place / "exported").rglob("*") if path.is_file()}
    (place / "exported/values/staff.json").write_text("mine")

    assert main(["export", str(place / "exported")]) == 0

    shown = capsys.readouterr().out
    assert "Written: realm_config.json" in shown
    assert "Left as they are, since they differ: values/staff.json" in shown
    assert (place / "exported/values/staff.json").read_text() == "mine"
    assert {path for path in (place / "exported").rglob("*") if path.is_file()} == set(before)
