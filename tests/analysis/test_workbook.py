"""Excel files: every cell is what it was."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from tests.analysis.files import FORMULAS, HARMLESS, cells
from tests.analysis.made import ANN, said, texts
from twilio_nb.analysis import workbook
from twilio_nb.analysis.export import export
from twilio_nb.errors import ConfigurationError


@pytest.mark.parametrize("body", [*FORMULAS, *HARMLESS])
def test_excel_gets_every_text_unchanged_and_as_text(tmp_path: Path, body: str) -> None:
    path = export(said(body)[["from", "body"]], tmp_path / "texts.xlsx")

    sender, cell = next(openpyxl.load_workbook(path).active.iter_rows(min_row=2))
    assert (sender.value, sender.data_type) == (ANN, "s")
    assert cell.value == body.replace("\r", "_x000D_")
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert cell.hyperlink is None


def test_excel_holds_numbers_truths_dates_and_times_in_a_named_zone(tmp_path: Path) -> None:
    frame = texts({"error_code": 30003}, {})[["time", "error_code"]]
    frame["time"] = frame["time"].dt.tz_convert("Europe/Vienna")
    frame = frame.assign(
        ok=True,
        day=frame["time"].dt.date,
        lasted=pd.Timedelta(minutes=1),
        share=pd.Series([0.5, float("nan")]),
    )

    header, first, second = cells(export(frame, tmp_path / "texts.xlsx"))

    assert header == ["time (Europe/Vienna)", "error_code", "ok", "day", "lasted", "share"]
    assert first == [datetime(2024, 1, 1, 13), 30003, True, datetime(2024, 1, 1), 60, 0.5]  # noqa: DTZ001
    assert second[1] is None
    assert second[5] is None


def test_control_characters_do_not_break_a_workbook(tmp_path: Path) -> None:
    path = export(said("a\x01\x0bb\ufffe")[["body"]], tmp_path / "texts.xlsx")

    assert cells(path)[1] == ["a_x0001__x000B_b_xFFFE_"]


def test_whole_numbers_too_large_for_excel_are_text(tmp_path: Path) -> None:
    path = export(pd.DataFrame({"n": [2**53 + 1], "f": [float("inf")]}), tmp_path / "texts.xlsx")

    assert cells(path)[1] == ["9007199254740993", "inf"]


def test_a_cell_too_long_for_excel_is_refused_and_never_cut(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"1 cells of the column 'body'.*32,767"):
        export(said("👍" * 16_384), tmp_path / "texts.xlsx")

    assert list(tmp_path.iterdir()) == []
    assert cells(export(said("x" * 32_767)[["body"]], tmp_path / "texts.xlsx"))[1] == ["x" * 32_767]


def test_more_rows_than_excel_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="1,048,576 rows of 1 columns do not fit"):
        export(pd.DataFrame({"n": range(workbook.ROWS)}), tmp_path / "texts.xlsx")


def test_without_its_writer_it_says_what_to_install(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['xlsxwriter'] = None; import pandas, twilio_nb; "
        "twilio_nb.export(pandas.DataFrame({'a': [1]}), sys.argv[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.xlsx")], capture_output=True, text=True, timeout=60
    )

    assert 'pip install "twilio-nb[analysis]"' in done.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []
