"""Whatever is damaged in an export is a line of the report; nothing raises, and the rest is taken."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.moving.conftest import cells, said
from tests.moving.exports import Exported, write
from twilio_nb.errors import ConfigurationError
from twilio_nb.moves import Move, import_app
from twilio_nb.moving.decisions import Kind
from twilio_nb.moving.plan import Plan
from twilio_nb.moving.target import files

Import = Callable[..., Move]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KEYS = (
    *(
        "name",
        "type",
        "config",
        "secret_config",
        "actions",
        "when",
        "value",
        "from_secret",
        "values",
        "roles",
    ),
    *("schema", "respond_result", "can_evaluate", "options", "run_as_user_id", "function_name", "properties"),
)
PLACES = (
    *("realm_config.json", "services/hotline/config.json", "services/hotline/rules/known.json"),
    *("services/hotline/incoming_webhooks/saveText/config.json", "values/staff.json"),
    *("environments/production.json", "functions/config.json", "triggers/onInsert.json"),
    *("data_sources/atlas/config.json", "data_sources/atlas/demo/texts/rules.json"),
    *("data_sources/atlas/demo/texts/schema.json", "secrets.json"),
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "It is empty"),
        (b'{"name": "known"', "It is no JSON (line 1)"),
        (b'{\n"when": {%%true: 1}}', "It is no JSON (line 2)"),  # EXP-13
        (b"\xff\xfe\xff", "It is no text in UTF-8"),
        (b'{"a": "\xe9"}', "It is no text in UTF-8"),
        (b'{"when": ' * 5000, "It is nested too deeply"),
        (b"[" * 100 + b"]" * 100, "It is nested too deeply"),
        (b"1" * 5000, "It is no JSON"),
        (b"[1, 2]", "It is no rule"),
        (
            b'{"name": "known", "actions": ["send"], "when": "yes"}',
            "is of type str; expected true, or an object",
        ),
    ],
)
def test_a_damaged_rule_is_named_and_everything_else_is_taken(
    content: bytes, reason: str, place: Path, imported: Import
) -> None:
    export = Exported().g3(place / "app")
    (export / "services/hotline/rules/known.json").write_bytes(content)

    move = imported(export)

    lines = [line for line in said(move, Kind.DAMAGED).splitlines() if "rules/known.json" in line]
    assert len(lines) == 1
    assert reason in lines[0]
    assert 'rules.add("open"' in cells(move)[1]
    assert 'rules.add("known"' not in cells(move)[1]


@pytest.mark.parametrize("damaged", PLACES)
def test_any_file_may_be_damaged(damaged: str, place: Path, imported: Import) -> None:
    export = Exported().g3(place / "app")
    write(export / damaged, '{"name": ')

    move = imported(export)

    assert f"{damaged}: It is no JSON" in said(move, Kind.DAMAGED)
    assert 'twilio_nb.sandbox("hotline")' in "\n".join(cells(move))


@pytest.mark.parametrize("missing", PLACES[:-1])
def test_any_file_may_be_missing(missing: str, place: Path, imported: Import) -> None:
    export = Exported().g3(place / "app")
    (export / missing).unlink()

    assert 'twilio_nb.sandbox("hotline")' in "\n".join(cells(imported(export)))


def test_javascript_that_is_none_is_pointed_out(place: Path, imported: Import) -> None:
    export = Exported().g3(place / "app")
    write(export / "services/hotline/incoming_webhooks/saveText/source.js", "exports = function(a, {{{")

    assert "saveText, line 1: It is no JavaScript from here on" in said(imported(export), Kind.LOOK)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Exported().g3(tmp_path_factory.mktemp("sound") / "app")


def planned(export: Path) -> dict[str, str]:
    """Everything that would be written; what is no export at all says so."""
    try:
        return files(Plan.of(export))
    except ConfigurationError:
        return {}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    damaged=st.sampled_from(PLACES),
    document=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4) | JSON,
)
def test_no_content_of_any_file_raises(damaged: str, document: Any, sound: Path, tmp_path: Path) -> None:
    export = tmp_path / "app"
    shutil.rmtree(export, ignore_errors=True)
    shutil.copytree(sound, export)
    before = json.loads((export / damaged).read_text()) if (export / damaged).exists() else {}
    changed = {**before, **document} if isinstance(before, dict) and isinstance(document, dict) else document
    (export / damaged).write_text(json.dumps(changed))

    made = planned(export)

    for name in made:
        if name.endswith(".ipynb"):
            check_cells(made[name])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    document=st.dictionaries(st.sampled_from((*KEYS, "services", "rules", "functions", "data_sources")), JSON)
)
def test_no_pulled_json_raises(document: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "pull.json").write_text(json.dumps(document))

    planned(tmp_path / "pull.json")


def check_cells(notebook: str) -> None:
    """Each code cell is Python whose statements are ours, and no fence is closed early."""
    for cell in json.loads(notebook)["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            lines = [line for line in source.splitlines() if not line.startswith("%")]
            compile("\n".join(lines), "cell", "exec")
            if source.startswith("%%"):
                assert all(
                    line.startswith(("%%twilio_webhook ", "def ", "    #", "    raise "))
                    for line in source.split("\n")
                )


def test_an_export_that_is_too_large_is_refused(place: Path) -> None:
    for number in range(18):
        path = place / f"app/values/v{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as opened:
            opened.truncate(4 << 20)

    with pytest.raises(ConfigurationError, match="more than 64 MiB"):
        import_app(place / "app", place / "made")
