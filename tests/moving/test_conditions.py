"""Conditions of rules and of webhooks: taken along, and pointed out where they cannot hold."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.moving.conftest import cells, said
from tests.moving.exports import Exported, Service
from twilio_nb.moves import Move
from twilio_nb.moving.decisions import Kind

Import = Callable[..., Move]


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ({"%%user.id%%": 1}, "It never allowed anything, and is not added"),  # EXP-13
        ({"to": "+1 555 867 5309"}, "It never allowed anything, and is not added"),
        ({"%%user.id": "5"}, "It asks for %%user, which nobody is here"),  # EXP-11
        (
            {"%%args.to": "%%values.nobody"},
            "Its condition asks for the value 'nobody', which the export does not have",
        ),
        (
            {"%%true": {"%function": {"name": "gone", "arguments": []}}},
            "Its condition asks for the function 'gone', which the export does not have",
        ),
    ],
)
def test_a_condition_that_cannot_hold_is_pointed_out(
    when: dict[str, Any], reason: str, place: Path, imported: Import
) -> None:
    app = Exported(services=[Service(rules={"odd": {"actions": ["send"], "when": when}})])

    assert reason in said(imported(app.g3(place / "app")), Kind.LOOK)


def test_a_rule_that_compares_a_document_it_does_not_wait_for_is_pointed_out(
    place: Path, imported: Import
) -> None:
    move = imported(Exported().g1(place / "app"))  # RUL-09

    assert (
        "rules/office.json: It calls 'isStaff', which compares a document that it does not wait for"
        in said(move)
    )


def test_a_condition_of_a_webhook_is_taken_along(place: Path, imported: Import) -> None:  # WHC-10
    app = Exported()
    config, source = app.services[0].webhooks["saveText"]
    condition = {"%%request.requestHeaders.host": {"%in": ["it's"]}}
    app.services[0].webhooks["saveText"] = (config | {"can_evaluate": condition}, source)

    move = imported(app.g3(place / "app"))

    line = next(cell for cell in cells(move) if cell.startswith("%%twilio_webhook saveText")).splitlines()[0]
    written = line.partition("--can-evaluate ")[2]
    assert written.count("'") == 2
    assert json.loads(written.strip("'")) == condition


def test_a_condition_of_a_webhook_that_is_not_understood_lets_nothing_pass(
    place: Path, imported: Import
) -> None:
    app = Exported()
    config, source = app.services[0].webhooks["saveText"]
    app.services[0].webhooks["saveText"] = (config | {"can_evaluate": {"%%root.a": 1}}, source)

    move = imported(app.g3(place / "app"))

    assert "Its condition is not understood, so no text passes" in said(move, Kind.LOOK)
    assert "--can-evaluate 'false'" in "\n".join(cells(move))


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({"From": "%%user.number"}, "It asks for %%user, which nobody is here"),
        ({"From": {"$in": "%%values.nobody"}}, "Its condition asks for the value 'nobody'"),
        ({"%%true": {"%function": {"name": "gone"}}}, "Its condition asks for the function 'gone'"),
        ({"%%true": {"%function": {"name": "isStaff"}}}, "It calls 'isStaff', which compares a document"),
    ],
)
def test_a_condition_of_a_webhook_that_cannot_hold_is_pointed_out(
    condition: dict[str, Any], reason: str, place: Path, imported: Import
) -> None:  # WHC-10, IMP-03
    app = Exported()
    config, source = app.services[0].webhooks["saveText"]
    app.services[0].webhooks["saveText"] = (config | {"can_evaluate": condition}, source)

    lines = said(imported(app.g3(place / "app")), Kind.LOOK).splitlines()

    assert any(f"saveText/config.json: {reason}" in line for line in lines)


def test_the_report_says_for_which_texts_a_webhook_runs_and_as_whom_it_ran(
    place: Path, imported: Import
) -> None:  # WHC-03, WHC-10
    app = Exported()
    config, source = app.services[0].webhooks["saveText"]
    more = {"can_evaluate": {"From": "+15558675309"}, "run_as_user_id": "5" * 24}
    app.services[0].webhooks = {"saveText": (config | more, source), "other": (config, source)}

    folder = imported(app.g3(place / "app")).folder

    report = json.loads((folder / "report.json").read_text())["webhooks"]
    assert [(row["name"], row["can_evaluate"], row["ran_as"]) for row in report] == [
        ("other", "always", "the system"),
        ("saveText", '{"From": "…5309"}', "a user of the app"),
    ]
    assert (
        '| hotline/saveText | {"From": "…5309"} | a user of the app |' in (folder / "report.md").read_text()
    )
