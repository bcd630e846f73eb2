"""The folder that a move writes: nothing outside of it, nothing overwritten, the same again the second time."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from tests.moving.conftest import cells
from tests.moving.exports import Exported
from twilio_nb.cli import main
from twilio_nb.errors import ConfigurationError
from twilio_nb.moves import Move, import_app
from twilio_nb.moving.decisions import Kind

Import = Callable[..., Move]
FILES = {"hotline-app.ipynb", "report.md", "report.json", "secrets.env.example"}


def below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_four_files_are_written_into_the_folder_and_nothing_beside_it(place: Path, imported: Import) -> None:
    export = Exported().g1(place / "app")
    before = below(export)

    move = imported(export)

    assert set(below(move.folder)) == FILES
    assert below(export) == before
    assert {path.name for path in place.parent.iterdir()} == {"exports", "made"}


def test_importing_again_changes_nothing(place: Path, imported: Import) -> None:
    export = Exported().g1(place / "app")
    before = below(imported(export).folder)

    move = imported(export)

    assert below(move.folder) == before
    assert move.written is not None
    assert set(move.written.same) == FILES


def test_what_a_person_changed_stays_and_that_is_said(place: Path, imported: Import) -> None:
    export = Exported().g1(place / "app")
    move = imported(export)
    move.notebook.write_text("mine")

    again = imported(export)

    assert move.notebook.read_text() == "mine"
    assert again.written is not None
    assert again.written.kept == ("hotline-app.ipynb",)
    assert "Left as they are, since they differ from what would be written: hotline-app.ipynb" in repr(again)


def test_a_symbolic_link_in_the_folder_is_not_written_through(
    place: Path, imported: Import, tmp_path: Path
) -> None:
    export = Exported().g1(place / "app")
    (tmp_path / "made").mkdir()
    (tmp_path / "made/report.md").symlink_to(place / "elsewhere")

    imported(export)

    assert not (place / "elsewhere").exists()


def test_a_folder_inside_the_export_is_refused(place: Path) -> None:
    export = Exported().g1(place / "app")

    with pytest.raises(ConfigurationError, match="lies in the export itself"):
        import_app(export, export / "made")


def test_a_dry_run_tells_the_same_and_writes_nothing(place: Path, imported: Import) -> None:
    export = Exported().g1(place / "app")

    dry = imported(export, dry_run=True)

    assert not dry.folder.exists()
    assert "Nothing was written" in repr(dry)
    assert "not converted – functions/unused" in repr(dry)  # no report has it
    assert list(dry.report) == list(imported(export).report)


def test_a_folder_that_cannot_be_written_is_a_sentence(place: Path) -> None:
    export = Exported().g1(place / "app")
    (place / "taken").write_text("a file")

    with pytest.raises(ConfigurationError, match="cannot be written to"):
        import_app(export, place / "taken")


def test_the_notebook_is_one(place: Path, imported: Import) -> None:
    nbformat.validate(nbformat.read(imported(Exported().g1(place / "app")).notebook, as_version=4))  # type: ignore[no-untyped-call]


def test_the_report_for_programs_has_every_decision_of_that_for_people(place: Path, imported: Import) -> None:
    move = imported(Exported().g1(place / "app"))

    document = json.loads((move.folder / "report.json").read_text())
    report = (move.folder / "report.md").read_text()

    assert [line["sentence"] for line in document["decisions"]] == [row["sentence"] for row in move.report]
    assert {line["kind"] for line in document["decisions"]} <= {kind.value for kind in Kind}
    assert document["secrets"].keys() == {"hotlineToken", "weather-key"}
    assert document["webhooks"][0]["collections"] == {"demo.texts": ["insertOne"], "demo.people": ["findOne"]}
    assert document["webhooks"][0]["functions"] == ["isStaff", "lookUp"]
    for word in ("To do", "To look at", "Addresses", "Rules", "Not converted", "Changed", "Taken as it was"):
        assert f"\n## {word}\n" in report
    assert (
        "https://webhooks.mongodb-realm.com/api/client/v2.0/app/hotline-abcde/service/hotline/incoming_webhook/saveText"
        in report
    )
    assert "…/twilio/service/hotline/incoming_webhook/saveText" in report  # WHU-01
    assert "+15558675310" not in report  # numbers in conditions end in four digits


def test_the_command_prints_what_there_is_to_do(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = Exported(environments={"qa": {"values": {"greeting": "Hi"}}}).g1(place / "app")

    assert main(["import", str(export), "--to", str(tmp_path / "made"), "--environment", "qa"]) == 0

    printed = capsys.readouterr().out
    assert printed.startswith(
        "hotline app: 1 Twilio service, 1 webhook, 5 rules, 4 values. The export 'app' has the layout of 2018"
    )
    assert "to do – hotline app: Keep the secret 'hotlineToken'" in printed
    assert "parts not converted; report.md says why" in printed
    assert "Next: read report.md there, then open and run hotline-app.ipynb" in printed


def test_the_command_without_a_folder_writes_beside_where_it_is_called(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)

    assert main(["import", str(Exported().pulled(place / "pull.json"))]) == 0

    assert set(below(place / "hotline-app-notebook")) == FILES


@pytest.mark.parametrize(
    "arguments",
    [
        *(["gone"], ["x" * 5000], ["~nobody-of-that-name/app"], ["loop"], ["pipe"]),
        *(["app", "--environment", "staging"], ["app", "--to", "app/made"]),
        *(
            ["app", "--to", "loop/made"],
            ["app", "--to", "~nobody-of-that-name/made"],
            ["app", "--to", "x" * 5000],
        ),
    ],
)
def test_the_command_prints_an_error_in_one_line(
    arguments: list[str], place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    Exported().g1(place / "app")
    (place / "loop").symlink_to("loop")
    os.mkfifo(place / "pipe")

    assert main(["import", *arguments]) == 1

    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_app_without_twilio_says_so(place: Path, imported: Import) -> None:
    move = imported(Exported(services=[]).g3(place / "app"))

    assert "It has no Twilio service" in repr(move)
    assert len(cells(move)) >= 1
