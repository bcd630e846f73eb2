"""Schemas and roles become what MongoDB enforces, where that means the same; the rest is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.moving.conftest import cells, said
from tests.moving.exports import Exported, put
from twilio_nb.moves import Move
from twilio_nb.moving.decisions import Kind

Import = Callable[..., Move]
PREFIX = "hotline.users.add("


def of_role(place: Path, imported: Import, role: dict[str, Any]) -> tuple[list[str], Move]:
    """Import an app with one role; return the cells' lines on users."""
    export = Exported().g3(place / "app")
    rules = {"database": "demo", "collection": "texts", "roles": [{"name": "one", **role}]}
    put(export / "data_sources/atlas/demo/texts/rules.json", rules)
    move = imported(export)
    return [line for cell in cells(move) for line in cell.splitlines() if line.startswith(PREFIX)], move


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (
            {"insert": True, "write": {"%%prevRoot": {"%exists": False}}},
            '["insert into demo.texts"]',
        ),  # ROL-08
        ({"read": True, "write": False}, '["find in demo.texts"]'),  # ROL-01
        ({"read": True}, '["find in demo.texts"]'),
        (
            {"write": True, "insert": False, "delete": False},
            '["find in demo.texts", "update in demo.texts"]',
        ),
        (
            {"apply_when": {}, "read": True, "write": True, "insert": True, "delete": True, "search": True},
            '["find in demo.texts", "update in demo.texts", "insert into demo.texts", "delete from demo.texts"]',
        ),
        ({"applyWhen": {}, "read": True}, '["find in demo.texts"]'),  # ROL-11
    ],
)
def test_a_role_without_conditions_becomes_a_user(
    role: dict[str, Any], may: str, place: Path, imported: Import
) -> None:
    users, _ = of_role(place, imported, role)

    assert users == [f'{PREFIX}"one", may={may})']


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        ({"apply_when": {"owner": "%%user.id"}, "read": True}, "whom it is for depends on a condition"),
        ({"read": {"owner": "%%user.id"}}, "'read' depends on a condition"),
        ({"fields": {"Body": {"read": True}}}, "it is about single fields"),
        ({"additional_fields": {"read": True}}, "it is about single fields"),
        ({"document_filters": {"read": {"a": 1}}, "read": True}, "it is about some documents only"),
        ({"read": False, "write": False}, "it allows nothing"),
    ],
)
def test_a_role_that_mongodb_cannot_hold_is_named_with_the_reason(
    role: dict[str, Any], reason: str, place: Path, imported: Import
) -> None:
    users, move = of_role(place, imported, role)

    assert users == []
    assert f"The role 'one' of 'demo.texts' is not converted: {reason}" in said(move, Kind.LEFT_OUT)


def test_where_the_manual_contradicts_itself_about_a_role_that_is_said(place: Path, imported: Import) -> None:
    _, move = of_role(place, imported, {"write": True})  # ROL-05, C8

    assert "does not say whether it may insert and delete" in said(move, Kind.LOOK)


@pytest.mark.parametrize(
    ("body", "may"),
    [
        ("insertOne({})", ["insert into demo.texts"]),
        ("findOneAndUpdate({}, {})", ["find in demo.texts", "update in demo.texts"]),
        ("bulkWrite([])", []),
    ],
)
def test_what_a_user_needs_who_does_no_more_than_a_webhook_is_said(
    body: str, may: list[str], place: Path, imported: Import
) -> None:
    source = f"exports = a => context.services.get('atlas').db('demo').collection('texts').{body};"
    app = Exported()
    app.services[0].webhooks = {"saveText": ({"respond_result": True}, source)}

    move = imported(app.g3(place / "app"))

    assert json.loads((move.folder / "report.json").read_text())["webhooks"][0]["may"] == may
    said_so = any(
        "--run-as saveText" in cell for cell in cells(move, "markdown") if "webhook `saveText`" in cell
    )
    assert said_so == bool(may)


def test_a_schema_becomes_a_validator_that_begins_by_warning(place: Path, imported: Import) -> None:
    move = imported(Exported().g3(place / "app"))  # SCH-01

    assert 'hotline.collections.add("demo.texts", {' in "\n".join(cells(move))
    assert (
        "It was not enforced for webhooks, which ran as the system, and will be; it begins by warning"
        in said(move)
    )
    assert "`uuid` is checked as `binData`" in said(move, Kind.LEFT_OUT)  # SCH-04


def test_where_a_data_source_read_from_is_said(place: Path, imported: Import) -> None:  # DB-12
    export = Exported().g3(place / "app")
    put(
        export / "data_sources/atlas/config.json",
        {"name": "atlas", "type": "mongodb-atlas", "config": {"readPreference": "secondary"}},
    )

    assert "It read from other members than the primary" in said(imported(export), Kind.LOOK)


def test_rules_of_before_2018_are_read(place: Path, imported: Import) -> None:  # ROL-11
    export = Exported().g1(place / "app")
    old = {
        "namespace": "demo.old",
        "read": {},
        "write": False,
        "filters": [{"when": {}, "match_expression": {}}],
    }
    put(export / "services/atlas/rules/demo.old.json", old)

    move = imported(export)

    assert 'users.add("everybody", may=["find in demo.old"])' in "\n".join(cells(move))
    assert "The filters of 'demo.old' are not converted" in said(move, Kind.LEFT_OUT)


def test_a_collection_that_mongodb_keeps_for_itself_is_left(place: Path, imported: Import) -> None:
    export = Exported().g3(place / "app")
    put(export / "data_sources/atlas/admin/system.users/schema.json", {"required": ["a"]})
    put(
        export / "data_sources/atlas/admin/system.users/rules.json",
        {"roles": [{"name": "all", "read": True}]},
    )

    move = imported(export)

    assert "system.users" not in "\n".join(cells(move))
    assert "admin.system.users" in said(move, Kind.LEFT_OUT)
