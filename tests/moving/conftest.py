"""Exports, written by the tests themselves, and what is made of them."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import planted
from twilio_nb.moves import Move, import_app
from twilio_nb.moving.decisions import Kind


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder for exports with planted tokens in them, which is gone when the run searches for those."""
    folder = tmp_path / "exports"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., Move]:
    """Import an export into a folder beside it; a token that got into the folder fails the test."""

    def imported(export: Path, **options: Any) -> Move:
        move = import_app(export, tmp_path / "made", **options)
        assert planted.in_files([tmp_path / "made"], [planted.MARK]) == []
        assert planted.MARK not in repr(move)
        assert planted.MARK not in repr(move.report)
        return move

    return imported


def cells(move: Move, kind: str = "code") -> list[str]:
    """The cells of the notebook that was made."""
    document = json.loads(move.notebook.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in document["cells"] if cell["cell_type"] == kind]


def said(move: Move, *kinds: Kind) -> str:
    """What the report says, a line for each decision of some kinds."""
    wanted = {kind.value for kind in kinds or Kind}
    return "\n".join(f"{row['where']}: {row['sentence']}" for row in move.report if row["what"] in wanted)
