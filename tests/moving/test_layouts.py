"""Every layout that App Services exported is read, and all of them as the same app."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.moving.conftest import cells, said
from tests.moving.exports import LAYOUTS, SID, Exported, put, write, zipped
from twilio_nb.errors import ConfigurationError
from twilio_nb.moves import Move, import_app
from twilio_nb.moving.decisions import Kind

Import = Callable[..., Move]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_app_becomes_the_same_cells_in_whatever_layout_it_was_exported(
    layout: str, place: Path, imported: Import, tmp_path: Path
) -> None:
    usual = import_app(Exported().g3(place / "usual"), tmp_path / "usual")

    move = imported(LAYOUTS[layout](Exported(), place))

    assert cells(move) == cells(usual)
    assert said(move, Kind.DAMAGED) == ""


@pytest.mark.parametrize(
    ("layout", "named"),
    {
        "2018": "stitch.json, version 20180301",
        "2020": "config.json, version 20200603",
        "2021": "realm_config.json, version 20210101",
        "2023": "root_config.json",
        "pull": "the Admin API's pull",
    }.items(),
)
def test_the_layout_is_named(layout: str, named: str, place: Path, imported: Import) -> None:
    assert named in repr(imported(LAYOUTS[layout](Exported(), place))).splitlines()[0]


def test_a_version_that_is_missing_is_said_and_does_no_harm(place: Path, imported: Import) -> None:
    move = imported(Exported().g1(place / "app", version=None))

    assert "stitch.json: It names no config_version" in said(move, Kind.LOOK)
    assert len(cells(move)) > 5


def test_a_marker_that_is_missing_is_said_and_does_no_harm(place: Path, imported: Import) -> None:
    export = Exported().g3(place / "app")
    (export / "realm_config.json").unlink()

    assert "No file at its root says what app it is" in said(imported(export), Kind.LOOK)


def test_stray_files_do_no_harm_and_are_named(place: Path, imported: Import) -> None:  # CFG-09
    export = Exported().g1(place / "app")
    write(export / "README.md", "notes")
    write(export / ".git/config", "[core]")

    move = imported(export)

    assert "ourNumber.json: 1 file of no layout of an app" in said(move, Kind.LEFT_OUT)
    assert "README.md" in said(move, Kind.LEFT_OUT)
    assert ".git" not in said(move)


def test_byte_order_marks_and_windows_ends_of_lines_are_read(
    place: Path, imported: Import, tmp_path: Path
) -> None:
    usual = import_app(Exported().g3(place / "usual"), tmp_path / "usual")
    export = Exported().g3(place / "app")
    for path in [*export.rglob("*.json"), *export.rglob("*.js")]:
        text = path.read_text(encoding="utf-8").replace("\n", "\r\n")
        path.write_bytes(b"\xef\xbb\xbf" + text.encode() if path.suffix == ".json" else text.encode("utf-16"))

    move = imported(export)

    assert cells(move) == cells(usual)
    assert cells(move, "markdown")[1:] == cells(usual, "markdown")[1:]


def test_a_file_that_is_there_in_two_spellings_counts_once_and_that_is_said(
    place: Path, imported: Import
) -> None:
    export = Exported().g1(place / "app")
    write(export / "values/staff.JSON", '{"name": "other", "value": 1}')

    move = imported(export)

    assert "values/staff.json: It is in the export twice, spelled otherwise" in said(move)
    assert 'values.set("other"' in "\n".join(cells(move))


def test_an_app_deep_in_a_repository_is_found(place: Path, imported: Import) -> None:
    write(place / "repository/README.md", "An app")
    Exported().g1(place / "repository/backend/app")

    assert "hotline" in cells(imported(place / "repository"))[1]


def test_several_apps_in_one_folder_are_not_mixed(place: Path) -> None:
    Exported().g1(place / "all/first")
    Exported().g3(place / "all/second")

    with pytest.raises(ConfigurationError, match="several apps: 'first', 'second'"):
        import_app(place / "all", place / "made")


@pytest.mark.parametrize(
    "where", ["incoming_webhooks", "http_endpoints", "http_endpoints/incoming", "manual"]
)
def test_webhooks_are_found_in_each_of_the_four_places_where_the_manual_puts_them(
    where: str, place: Path, imported: Import
) -> None:
    export = Exported().g3(place / "app")
    hook = export / "services/hotline/incoming_webhooks/saveText"
    target = {
        "incoming_webhooks": hook,
        "http_endpoints": export / "http_endpoints/hotline/saveText",
        "http_endpoints/incoming": export / "http_endpoints/hotline/incoming_webhooks/saveText",
        "manual": export / "services/hotline/incoming_webhooks",
    }[where]
    target.mkdir(parents=True, exist_ok=True)
    for file in list(hook.iterdir()):
        if file.parent != target:
            shutil.move(file, target / file.name)

    assert any(
        cell.startswith("%%twilio_webhook saveText --service hotline") for cell in cells(imported(export))
    )


def test_the_single_file_of_2017_gives_its_account_and_a_reason_for_the_rest(
    place: Path, imported: Import
) -> None:
    move = imported(Exported().single(place / "app_config.json", "not-a-token"))  # CFG-13

    assert SID in cells(move)[1]
    assert "An app of 2017" in said(move, Kind.LEFT_OUT)
    assert "1 pipelines" in said(move, Kind.LEFT_OUT)


def test_a_zip_with_a_folder_around_the_app_is_as_good_as_one_without(place: Path, imported: Import) -> None:
    export = zipped(Exported().g1(place / "app"), above="")

    assert "hotline" in cells(imported(export))[1]


@pytest.mark.parametrize("content", ["", "[]", "nonsense", "PK\x03\x04broken"])
def test_what_is_no_export_is_refused_with_what_is_expected(content: str, place: Path) -> None:
    write(place / "export", content)

    with pytest.raises(ConfigurationError, match="expected the folder or zip of an exported app"):
        import_app(place / "export", place / "made")


def test_a_folder_without_an_app_is_refused(place: Path) -> None:
    write(place / "notes/README.md", "none")

    with pytest.raises(ConfigurationError, match="It holds no app"):
        import_app(place / "notes", place / "made")


def test_what_is_not_there_is_refused(place: Path) -> None:
    with pytest.raises(ConfigurationError, match="There is no"):
        import_app(place / "nothing", place / "made")


def test_templates_are_filled_in_with_the_values_of_the_environment(
    place: Path, imported: Import
) -> None:  # ENV-02
    app = Exported(environments={"production": {"values": {"sid": SID}}, "qa": {"values": {}}})
    app.services[0].sid = "%(%%environment.values.sid)"

    assert SID in cells(imported(app.g3(place / "app"), environment="production"))[1]


def test_a_template_that_nothing_fills_in_is_said(place: Path, imported: Import) -> None:  # ENV-02
    app = Exported()
    app.services[0].sid = "%(%%environment.values.sid)"

    move = imported(app.g3(place / "app"), environment="qa")

    assert "The environment 'qa' has no text 'sid'" in said(move, Kind.LOOK)
    assert "It has no Account SID" in said(move, Kind.NEEDED)


def test_the_notebook_runs_in_the_environment_of_the_app(place: Path, imported: Import) -> None:  # ENV-01
    export = Exported().g3(place / "app")

    move = imported(export)

    assert 'os.environ.setdefault("TWILIO_NB_ENVIRONMENT", "production")' in cells(move)[0]


def test_an_app_in_an_environment_that_there_is_none_of_runs_in_none_and_that_is_said(
    place: Path, imported: Import
) -> None:
    export = Exported().g3(place / "app")
    put(export / "realm_config.json", {"name": "app", "environment": "staging"})

    move = imported(export)

    assert "TWILIO_NB_ENVIRONMENT" not in "".join(cells(move))
    assert "The app names an environment that there is none of" in said(move, Kind.LOOK)


def test_an_environment_that_there_is_none_of_is_refused(place: Path) -> None:
    with pytest.raises(ConfigurationError, match="There is no environment 'staging'"):
        import_app(Exported().g3(place / "app"), place / "made", environment="staging")


def test_what_has_no_place_here_is_listed_with_a_reason(place: Path, imported: Import) -> None:
    export = Exported().g3(place / "app")
    for part in ("hosting/files", "graphql", "sync", "https_endpoints"):
        put(export / part / "config.json", {})

    missing = said(imported(export), Kind.LEFT_OUT)

    assert [
        part
        for part in ("auth", "hosting", "graphql", "sync", "https_endpoints")
        if f"{part}: " not in missing
    ] == []
    assert "The trigger 'onInsert' texts, through 'tell'" in missing


@pytest.mark.parametrize(
    ("statuses", "call"),
    [
        (["error"], "service.forward_logs(handler, status='Error')"),
        (["success"], "service.forward_logs(handler, status='OK')"),
        (["error", "success"], "service.forward_logs(handler)"),
        ([{}], "service.forward_logs(handler)"),
    ],
)
def test_a_log_forwarder_is_listed_with_what_does_the_same(  # LOG-07
    place: Path, imported: Import, statuses: list[Any], call: str
) -> None:
    export = Exported().g3(place / "app")
    put(export / "log_forwarders/all.json", {"name": "alarm", "log_statuses": statuses})

    missing = said(imported(export), Kind.LEFT_OUT)

    assert "log_forwarders/all.json: The log forwarder 'alarm' was not taken" in missing
    assert call in missing
