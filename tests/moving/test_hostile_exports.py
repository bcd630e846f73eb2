"""What an export holds stays text: in cells, in the report, in a terminal; nobody who packed one gets code run."""

import ast
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from tests.moving.conftest import cells
from tests.moving.exports import Exported, Service, put, write
from tests.moving.test_damaged import check_cells, planned
from tests.moving.test_damaged import sound as sound  # a fixture
from twilio_nb.cli import main
from twilio_nb.moves import Move

Import = Callable[..., Move]

ENDS = ("\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1e")
CODE = ("!touch pwned", "%run pwned", "import pwned", "pwned()")
TERMINAL = "\x1b]0;pwned\x07\x1b[2J\x9b31m\u202e"
CALLED = {
    *(
        "twilio_nb.sandbox",
        "twilio_nb.connect",
        "twilio_nb.function",
        "twilio_nb.values.set",
        "json_util.loads",
    ),
    *("x.rules.add", "x.rules.remove", "x.collections.add", "x.users.add", "x.harden", "x.known_address"),
    *("x.pause", "display", "print", "NotImplementedError"),
}


def hostile(folder: Path, text: str) -> Path:
    """Write an app that has a text wherever one can be."""
    inside = json.dumps(text)
    source = "".join(
        f"context.http[{quoted}](); context.values.get({quoted}); context.functions.execute({quoted});"
        f"context.environment.values[{quoted}]; context.services.get({quoted}).db({quoted}).collection({quoted})"
        f".insertOne(1); response[{quoted}](); require({quoted}); context.services.get({quoted}).send({{}});"
        for quoted in (inside, f"`{text}`")
    )
    app = Exported(
        services=[
            Service(
                webhooks={
                    "w": (
                        {"can_evaluate": {"Body": text}},
                        f"exports = function(a, b) {{ {source} }};\n// {text}",
                    )
                },
                rules={"r": {"actions": ["send"], "when": {"%%args.body": text}}},
            ),
            Service(name="other", webhooks={}, rules={}),
        ],
        values={"v": {"value": {text: [text]}}},
        environments={"production": {"values": {"e": text}}},
        functions={"f": f"exports = {text}"},
    )
    export = app.g1(folder)
    put(export / "stitch.json", {"name": text, "app_id": text, "config_version": text})
    put(
        export / "services/other/config.json",
        {"name": text, "type": "twilio", "config": {"sid": text, text: text}},
    )
    role = {"name": text, "read": True}
    put(export / "services/atlas/rules/a.b.json", {"schema": {"required": [text], text: 1}, "roles": [role]})
    put(export / "triggers/t.json", {"name": text, "function_name": text})
    write(export / "values/broken.json", text)
    return export


def called(node: ast.Call) -> str:
    """What a call calls; ``x`` stands for the variable of a service."""
    name = ast.unparse(node.func)
    first, _, rest = name.partition(".")
    return name if first in ("twilio_nb", "json_util") or not rest else f"x.{rest}"


@pytest.mark.parametrize("code", CODE)
def test_nothing_in_an_export_becomes_code_of_a_cell(code: str, place: Path, imported: Import) -> None:
    move = imported(hostile(place / "app", "'\"x" + code.join(ENDS) + code))

    for cell in cells(move)[1:]:
        magic, _, rest = cell.partition("\n") if cell.startswith("%%") else ("", "", cell)
        assert magic in ("", *[line for line in cell.split("\n") if line.startswith("%%twilio_webhook ")])
        assert len(magic.splitlines()) <= 1
        transformed = TransformerManager().transform_cell(rest)  # type: ignore[no-untyped-call]
        assert "get_ipython" not in transformed
        tree = ast.parse(transformed)
        assert {called(node) for node in ast.walk(tree) if isinstance(node, ast.Call)} <= CALLED
        assert not any(
            isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr) for node in ast.walk(tree)
        ) or ("addresses" in cell)
        assert rest.replace("\n", "").isprintable()


def test_a_terminal_obeys_nothing_of_an_export(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = hostile(place / f"app{TERMINAL[:6].replace('/', '')}", TERMINAL)

    assert main(["import", str(export), "--to", str(tmp_path / "made")]) == 0
    assert main(["import", str(export), "--to", str(tmp_path / "made"), "--dry-run"]) == 0
    assert main(["import", str(export / "stitch.json" / TERMINAL)]) == 1

    printed = "".join(capsys.readouterr())
    assert set("\x1b\x07\x9b\u202e") & set(printed) == set()
    for path in (tmp_path / "made").iterdir():
        assert set("\x1b\x07\x9b\u202e") & set(path.read_text(encoding="utf-8")) == set()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60), quotes=st.sampled_from(["`{}`", "'{}'", '"{}"', "{}"]))
def test_no_javascript_raises_or_gets_out_of_its_place(
    text: str, quotes: str, sound: Path, tmp_path: Path
) -> None:
    export = tmp_path / "app"
    shutil.rmtree(export, ignore_errors=True)
    shutil.copytree(sound, export)
    inside = quotes.format(text)
    source = (
        f"exports = function({text}) {{ context.values.get({inside}); context.services.get({inside}).db() }}"
    )
    path = export / "services/hotline/incoming_webhooks/saveText/source.js"
    path.write_bytes(source.encode("utf-8", "surrogatepass"))

    for name, content in planned(export).items():
        if name.endswith(".ipynb"):
            check_cells(content)


def test_the_report_of_a_hostile_app_shows_it_as_text(place: Path, imported: Import, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>[x](http://evil) `a` |\n# b"
    app = Exported()
    app.functions["isStaff"] = (
        f"exports = function(a) {{ require({json.dumps(hostile)}) }}\n```\n<script>alert(1)</script>"
    )
    export = app.g3(place / "app")
    write(export / "realm_config.json", json.dumps({"name": hostile}))

    move = imported(export)

    report = (move.folder / "report.md").read_text()
    assert "<img" not in report
    assert "[x](" not in report.replace("\\[", "")
    titles = [cell for cell in cells(move, "markdown") if "<img" in cell.partition("```")[0]]
    assert titles == []
    javascript = next(cell for cell in cells(move, "markdown") if "function `isStaff`" in cell)
    assert "\n````javascript\n" in javascript
    assert "<script>" in javascript.partition("````javascript")[2]
    assert "<img" not in move._repr_html_()
