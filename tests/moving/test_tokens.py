"""A token in an export, wherever it stands there, gets into no file and into nothing that is shown."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import planted
from tests.moving.conftest import cells, said
from tests.moving.exports import SAVE_TEXT, Exported, put
from twilio_nb.errors import ConfigurationError
from twilio_nb.moves import Move, import_app
from twilio_nb.moving.decisions import Kind

Import = Callable[..., Move]


def test_a_secret_that_is_named_is_needed(place: Path, imported: Import) -> None:  # CFG-10, CFG-08, SEC-03
    move = imported(Exported().g3(place / "app"))

    assert (
        "Keep the secret 'hotlineToken', the auth token of the service 'hotline': twilio_nb.secrets.set('hotlineToken')"
        in said(move, Kind.NEEDED)
    )
    assert "Keep the secret 'weather-key', the value 'weatherKey'" in said(move, Kind.NEEDED)
    assert 'secret="hotlineToken"' in cells(move)[1]


def test_a_token_in_the_file_of_secrets_stays_there(place: Path, imported: Import) -> None:  # CFG-11
    app = Exported(secrets={"services": {"hotline": {"auth_token": planted.token()}}, "auth_providers": {}})
    app.services[0].secret = None

    move = imported(app.g1(place / "app"))

    assert "secrets.json: It holds secrets in clear" in said(move, Kind.NEEDED)
    assert "It holds the token of 'hotline', kept as 'hotline' here" in said(move, Kind.NEEDED)


def test_a_service_without_any_secret_gets_the_name_of_one(place: Path, imported: Import) -> None:  # CFG-12
    app = Exported()
    app.services[0].secret = None

    move = imported(app.g1(place / "app"))

    assert "No secret is named, so the auth token is kept as 'hotline'" in said(move, Kind.LOOK)
    assert 'secret="hotline"' in cells(move)[1]


@pytest.mark.parametrize("part", ["config", "secret_config"])
def test_a_token_in_the_file_of_a_service_stays_there(part: str, place: Path, imported: Import) -> None:
    export = Exported().g1(place / "app")
    path = export / "services/hotline/config.json"
    config = json.loads(path.read_text())
    put(path, config | {part: config.get(part, {}) | {"auth_token": planted.token()}})

    move = imported(export)

    assert "The auth token itself stands in the file" in said(move, Kind.NEEDED)
    assert "hotline" in cells(move)[1]


def test_a_token_in_the_single_file_of_2017_stays_there(place: Path, imported: Import) -> None:  # CFG-13
    move = imported(Exported().single(place / "app_config.json", planted.token()))

    assert "hotline" in cells(move)[1]


def test_a_token_in_the_javascript_is_hidden_beside_its_function(place: Path, imported: Import) -> None:
    app = Exported()
    config, source = app.services[0].webhooks["saveText"]
    login = f"const uri = 'mongodb+srv://ann:{planted.token()}@example.net';\n"
    app.services[0].webhooks["saveText"] = (config, f"const token = '{planted.token()}';\n{login}{source}")

    move = imported(app.g3(place / "app"))

    javascript = next(cell for cell in cells(move, "markdown") if "webhook `saveText`" in cell)
    assert "const token = '********';" in javascript
    assert "mongodb+srv://********@example.net" in javascript
    assert "What looks like a secret stands in the JavaScript" in said(move, Kind.NEEDED)


def test_a_value_that_is_a_token_becomes_one_from_a_secret(place: Path, imported: Import) -> None:
    app = Exported()
    app.values["twilioToken"] = {"value": planted.token()}

    move = imported(app.g3(place / "app"))

    assert 'twilio_nb.values.set("twilioToken", from_secret="twilioToken")' in "\n".join(cells(move))
    assert "The value 'twilioToken' holds what looks like a secret" in said(move, Kind.NEEDED)


def test_a_token_in_an_environment_is_left_there(place: Path, imported: Import) -> None:
    app = Exported(environments={"production": {"values": {"token": planted.token()}}})

    assert "set it by hand" in said(imported(app.g3(place / "app")), Kind.NEEDED)


def test_a_secret_of_a_webhook_is_not_copied(place: Path, imported: Import) -> None:  # WHC-13
    app = Exported()
    token = planted.token()
    config = {"respond_result": True, "options": {"secret": token, "secretAsQueryParam": True}}
    app.services[0].webhooks["saveText"] = (config, SAVE_TEXT.replace("demo", token))

    move = imported(app.g3(place / "app"))

    assert "Its secret stands in the file in clear" in said(move, Kind.LOOK)


@pytest.mark.parametrize(
    "options", [{"secretAsQueryParam": True}, {"validationMethod": "SECRET_AS_QUERY_PARAM"}]
)
def test_a_webhook_that_asked_for_a_secret_asks_for_one_by_name(
    options: dict[str, Any], place: Path, imported: Import
) -> None:  # WHC-12, WHC-13, WHC-14
    app, token = Exported(), planted.token()
    config, source = app.services[0].webhooks["saveText"]
    app.services[0].webhooks["saveText"] = (config | {"options": options | {"secret": token}}, source)

    move = imported(app.g3(place / "app"))

    name = "hotline-saveText-address"
    what = "the address of the webhook 'saveText' of 'hotline'"
    assert f"Keep the secret '{name}', {what}: twilio_nb.secrets.set('{name}')" in said(move, Kind.NEEDED)
    [cell] = [one for one in cells(move) if one.startswith("%%twilio_webhook saveText")]
    assert f" --secret {name}\n" in cell
    written = {path.name: path.read_text() for path in move.folder.iterdir()}
    assert f'twilio_nb.secrets.set("{name}")' in written["hotline-app.ipynb"].replace('\\"', '"')
    assert "TWILIO_NB_SECRET_HOTLINE_SAVETEXT_ADDRESS=" in written["secrets.env.example"]
    assert f"incoming_webhook/saveText?secret=<{name}>" in written["report.json"]
    assert planted.MARK not in "".join(written.values())


def test_a_webhook_that_verified_its_payload_is_named_in_the_report(
    place: Path, imported: Import
) -> None:  # VLD-02, WHC-12
    app = Exported()
    config, source = app.services[0].webhooks["saveText"]
    options = {"validationMethod": "VERIFY_PAYLOAD", "secret": planted.token()}
    app.services[0].webhooks["saveText"] = (config | {"options": options}, source)

    move = imported(app.g3(place / "app"))

    assert "'VERIFY_PAYLOAD' means nothing here" in said(move, Kind.LOOK)
    assert "--secret" not in "".join(cells(move))


@pytest.mark.parametrize("before", ["", "svc-"])
@pytest.mark.parametrize("where", ["service", "rule", "webhook", "function", "value", "app"])
def test_a_name_that_is_a_token_or_holds_one_is_not_copied(
    where: str, before: str, place: Path, imported: Import
) -> None:
    app, token = Exported(), before + planted.token()
    service = app.services[0]
    if where == "service":
        service.name = token
    elif where == "rule":
        service.rules[token] = {"actions": ["send"]}
    elif where == "webhook":
        service.webhooks[token] = service.webhooks["saveText"]
    elif where == "function":
        app.functions[token] = app.functions["isStaff"]
    elif where == "value":
        app.values[token] = {"value": 1}
    export = app.g3(place / ("app" if where != "app" else token))
    if where == "app":
        put(export / "realm_config.json", {"name": token})

    imported(export)


def test_a_condition_of_a_webhook_and_a_schema_with_a_token_in_it_are_left_out(
    place: Path, imported: Import
) -> None:
    app = Exported()
    config, source = app.services[0].webhooks["saveText"]
    condition = {"%%request.rawQueryString": planted.token()}
    app.services[0].webhooks["saveText"] = (config | {"can_evaluate": condition}, source)
    export = app.g3(place / "app")
    put(
        export / "data_sources/atlas/demo/texts/schema.json",
        {"properties": {"a": {"enum": [planted.token()]}}},
    )

    move = imported(export)

    assert "Its condition holds what looks like a secret" in said(move, Kind.LEFT_OUT)
    assert "The schema of 'demo.texts' holds what looks like a secret" in said(move, Kind.LEFT_OUT)


def test_a_condition_with_a_token_in_it_is_left_out(place: Path, imported: Import) -> None:
    app = Exported()
    app.services[0].rules["known"]["when"] = {"%%args.body": planted.token()}

    move = imported(app.g3(place / "app"))

    assert "Its condition holds what looks like a secret" in said(move, Kind.LEFT_OUT)


def test_more_secrets_than_an_app_can_have_are_refused(place: Path) -> None:
    many = {f"k{number}": f"secret {number}" for number in range(1_001)}

    with pytest.raises(ConfigurationError, match="more than 1,000 secrets"):
        import_app(Exported(secrets={"services": {"hotline": many}}).g1(place / "app"), place / "made")
