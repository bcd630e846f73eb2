"""Services, webhooks, rules and values: what is sloppy in an export is understood, and said."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.moving.conftest import cells, said
from tests.moving.exports import SAVE_TEXT, Exported, Service, put
from twilio_nb.moves import Move
from twilio_nb.moving.decisions import Kind

Import = Callable[..., Move]


def changed(path: Path, **changes: Any) -> None:
    """Change a JSON file; None takes a key away."""
    document = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    put(path, {key: value for key, value in document.items() if value is not None})


def test_names_with_blanks_are_read_and_changed(place: Path, imported: Import) -> None:  # CFG-03
    app = Exported(services=[Service(name="my hotline")])
    app.services[0].webhooks = {"save the text": ({"respond_result": True}, SAVE_TEXT)}

    move = imported(app.g1(place / "app"))

    assert 'twilio_nb.sandbox("my-hotline")' in cells(move)[1]
    assert '.rules.add("tw1-service", ["send"], when={"from": "+15558675310"})' in cells(move)[1]
    assert any(cell.startswith("%%twilio_webhook save-the-text --service my-hotline") for cell in cells(move))
    assert (
        "service/my%20hotline/incoming_webhook/save%20the%20text" in cells(move)[-1]
    )  # WHU-01: the old address


def test_names_that_become_the_same_stay_two(place: Path, imported: Import) -> None:
    app = Exported(services=[Service(name="my hotline"), Service(name="my-hotline")])

    code = cells(imported(app.g1(place / "app")))

    assert 'twilio_nb.sandbox("my-hotline")' in code[1]
    assert 'twilio_nb.sandbox("my-hotline-2")' in code[2]


def test_a_folder_of_another_name_than_the_service_is_said_and_the_name_counts(
    place: Path, imported: Import
) -> None:
    export = Exported().g1(place / "app")  # CFG-06
    (export / "services/hotline").rename(export / "services/old")

    move = imported(export)

    assert "The service is called 'hotline', its folder 'old'; its own name counts" in said(move, Kind.LOOK)
    assert 'twilio_nb.sandbox("hotline")' in cells(move)[1]


@pytest.mark.parametrize("sid", ["", "<<replace_me>>", "<Your SID>"])
def test_a_placeholder_in_the_place_of_the_sid_is_to_be_filled_in(
    sid: str, place: Path, imported: Import
) -> None:
    app = Exported(services=[Service(sid=sid)])  # CFG-07

    move = imported(app.g3(place / "app"))

    assert "It has no Account SID; put it into the cell of the service" in said(move, Kind.NEEDED)
    assert 'account_sid="AC…"' in cells(move)[1]


def test_a_sid_that_is_none_does_not_stop_the_rest(place: Path, imported: Import) -> None:
    move = imported(Exported(services=[Service(sid="AC12")]).g3(place / "app"))

    assert "Its Account SID is none" in said(move, Kind.LOOK)
    assert 'account_sid="AC…"' in cells(move)[1]


@pytest.mark.parametrize("missing", ["name", "type", "id", "version", "config", "secret_config"])
def test_a_field_that_is_missing_from_a_service_does_no_harm(
    missing: str, place: Path, imported: Import
) -> None:
    export = Exported().g3(place / "app")  # CFG-02
    changed(export / "services/hotline/config.json", **{missing: None})

    assert 'twilio_nb.sandbox("hotline")' in cells(imported(export))[1]


@pytest.mark.parametrize(
    "missing", ["name", "respond_result", "run_as_user_id", "run_as_user_id_script_source"]
)
def test_a_field_that_is_missing_from_a_webhook_does_no_harm(
    missing: str, place: Path, imported: Import
) -> None:
    export = Exported().g3(place / "app")
    changed(export / "services/hotline/incoming_webhooks/saveText/config.json", **{missing: None})

    webhook = next(cell for cell in cells(imported(export)) if cell.startswith("%%twilio_webhook saveText"))

    assert ("--respond-result" in webhook) == (missing != "respond_result")


def test_a_webhook_without_a_config_has_the_name_of_its_folder(place: Path, imported: Import) -> None:
    export = Exported().g3(place / "app")
    (export / "services/hotline/incoming_webhooks/saveText/config.json").unlink()

    assert any(cell.startswith("%%twilio_webhook saveText") for cell in cells(imported(export)))


def test_rules_without_when_allow_and_rules_without_actions_do_not(place: Path, imported: Import) -> None:
    move = imported(Exported().g1(place / "app"))  # RUL-04, RUL-05

    assert 'hotline.rules.add("open", ["send"])' in cells(move)[1]
    assert 'hotline.rules.add("test", [])' in cells(move)[1]
    assert "rules/open.json: It has no condition, so it allows every send" in said(move, Kind.LOOK)
    assert "rules/test.json: It names no action, so it allows nothing" in said(move, Kind.LOOK)


def test_an_imported_service_keeps_exactly_its_own_rules(place: Path, imported: Import) -> None:
    app = Exported(services=[Service(rules={})])

    code = cells(imported(app.g3(place / "app")))[1]

    assert "rules.add(" not in code
    assert 'hotline.rules.remove("allow-send")' in code


def test_extended_json_in_values_is_read(place: Path, imported: Import) -> None:  # VAL-01, VAL-02
    app = Exported()
    app.values |= {
        "limit": {"value": {"$numberInt": "5"}, "private": True},
        "since": {"value": {"$date": {"$numberLong": "0"}}},
    }

    code = "\n".join(cells(imported(app.g3(place / "app"))))

    assert 'twilio_nb.values.set("limit", 5)' in code
    assert 'twilio_nb.values.set("ourNumber", json_util.loads(\'{"$numberLong": "15558675310"}\'))' in code


def test_a_value_that_is_a_number_to_text_is_pointed_out(place: Path, imported: Import) -> None:  # VAL-02
    move = imported(Exported().g3(place / "app"))

    assert "The value 'ourNumber' is a number. One to text from or to is a text here" in said(move, Kind.LOOK)


def test_environments_are_taken(place: Path, imported: Import) -> None:  # ENV-01
    code = "\n".join(cells(imported(Exported().g3(place / "app"))))

    assert 'twilio_nb.values.set("greeting", "Hello", environment="production")' in code


def test_a_webhook_that_was_disabled_is_paused(place: Path, imported: Import) -> None:  # WHC-17
    app = Exported()
    config, source = app.services[0].webhooks["saveText"]
    app.services[0].webhooks["saveText"] = (config | {"disabled": True}, source)

    assert 'hotline.pause("saveText")  # as it was there' in cells(imported(app.g3(place / "app")))


def test_a_webhook_that_ran_as_a_user_is_pointed_out(place: Path, imported: Import) -> None:  # WHC-03
    app = Exported()
    config, source = app.services[0].webhooks["saveText"]
    app.services[0].webhooks["saveText"] = (config | {"run_as_user_id": "5" * 24}, source)

    assert "It ran as a user of the app" in said(imported(app.g3(place / "app")), Kind.LOOK)


def test_the_script_that_chose_a_user_stands_beside_its_webhook(
    place: Path, imported: Import
) -> None:  # WHC-04
    app = Exported()
    config, source = app.services[0].webhooks["saveText"]
    script = "exports = payload => payload.From;"
    app.services[0].webhooks["saveText"] = (config | {"run_as_user_id_script_source": script}, source)

    move = imported(app.g3(place / "app"))

    assert "It ran as the user that a script named" in said(move, Kind.LOOK)
    assert any(script in cell for cell in cells(move, "markdown") if "webhook `saveText`" in cell)


def test_services_of_other_kinds_are_named_and_left(place: Path, imported: Import) -> None:
    export = Exported().g3(place / "app")
    put(export / "http_endpoints/api/config.json", {"name": "api", "type": "http"})

    assert "http_endpoints/api: A service of the type 'http'" in said(imported(export), Kind.LEFT_OUT)


def test_two_services_with_one_webhook_name_keep_both(place: Path, imported: Import) -> None:  # CFG-05
    app = Exported(services=[Service(), Service(name="second")])

    webhooks = [
        cell.splitlines()[0] for cell in cells(imported(app.g3(place / "app"))) if cell.startswith("%%")
    ]

    assert webhooks == [
        "%%twilio_webhook saveText --service hotline --respond-result",
        "%%twilio_webhook saveText --service second --respond-result",
    ]
