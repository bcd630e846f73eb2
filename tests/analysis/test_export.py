"""Texts as files, read again by the programs that people have."""

import csv
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from tests.analysis.made import ANN, OURS, said, texts
from twilio_nb.analysis import workbook
from twilio_nb.analysis.cells import quoted
from twilio_nb.analysis.contacts import merge_contacts
from twilio_nb.analysis.export import export
from twilio_nb.errors import ConfigurationError

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "＝1+1",
    "'=1",
    '=HYPERLINK("http://x")',
]
HARMLESS = [
    "Hello",
    "1+1=2",
    "{=1+1}",
    "a\nb",
    'say "hi"',
    "x;y,z",
    "http://example.com",
    "007",
    "1e5",
    "👍",
    "<r>&<</r>",
]


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def cells(path: Path) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path).active.iter_rows()]


@pytest.mark.parametrize("body", FORMULAS)
def test_a_formula_gets_an_apostrophe_in_csv(tmp_path: Path, body: str) -> None:
    path = export(said(body)[["body"]], tmp_path / "texts.csv")

    assert rows(path)[1] == [f"'{body}"]


@pytest.mark.parametrize("body", HARMLESS)
def test_any_other_text_comes_back_from_csv_as_it_was(tmp_path: Path, body: str) -> None:
    path = export(said(body)[["body"]], tmp_path / "texts.csv")

    assert rows(path)[1] == [body]
    assert pd.read_csv(path, dtype=str)["body"].tolist() == [body]


@pytest.mark.parametrize("body", [*FORMULAS, "''=1", "'quoted'", "it's"])
def test_an_apostrophe_that_was_added_can_be_taken_away(body: str) -> None:
    cell = str(quoted(body))

    assert (cell[1:] if quoted(cell) != cell else cell) == body


def test_a_column_may_be_named_like_a_formula(tmp_path: Path) -> None:
    frame = pd.DataFrame({"=1+1": ["x"]})

    assert rows(export(frame, tmp_path / "a.csv"))[0] == ["'=1+1"]
    assert openpyxl.load_workbook(export(frame, tmp_path / "a.xlsx")).active["A1"].data_type == "s"


def test_numbers_and_times_are_written_as_they_are_in_csv(tmp_path: Path) -> None:
    frame = texts({"error_code": 30003}, {}).assign(price=pd.Series([-0.0075, float("nan")]))

    header, first, second = rows(export(frame[["time", "error_code", "price"]], tmp_path / "texts.csv"))

    assert header == ["time", "error_code", "price"]
    assert first == ["2024-01-01 12:00:00+00:00", "30003", "-0.0075"]
    assert second[1:] == ["", ""]


def test_a_number_in_csv_keeps_its_plus_and_is_read_as_a_contact(tmp_path: Path) -> None:
    path = export(pd.DataFrame({"phone": [ANN], "name": ["Ann"]}), tmp_path / "contacts.csv")

    merged = merge_contacts(said("hi"), pd.read_csv(path))

    assert rows(path)[1] == [f"'{ANN}", "Ann"]
    assert merged.frame["name"].tolist() == ["Ann"]


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


def test_parquet_keeps_everything_as_it_is(tmp_path: Path) -> None:
    frame = said("=1+1", "-", None)

    path = export(frame, tmp_path / "texts.parquet")

    pd.testing.assert_frame_equal(pd.read_parquet(path, dtype_backend="pyarrow"), frame)


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_media_categories_and_no_text_at_all_are_written_too(tmp_path: Path, suffix: str) -> None:
    frame = (
        said("a", "=b")
        .astype({"from": "category"})
        .assign(media=pd.Series([[{"url": "u"}], []], dtype=object))
    )

    export(frame.iloc[:0], tmp_path / f"none.{suffix}")
    path = export(frame, tmp_path / f"texts.{suffix.upper()}")

    if suffix != "parquet":
        found = (rows if suffix == "csv" else cells)(path)
        assert found[1][-1] == '[{"url": "u"}]'
        assert found[1][1:3] == ["inbound", f"'{ANN}" if suffix == "csv" else ANN]


def test_an_index_with_a_name_becomes_a_column(tmp_path: Path) -> None:
    counts = said("a", "b").groupby("from")["sid"].count().to_frame()

    path = export(counts, tmp_path / "counts.csv")

    assert rows(path) == [["from", "sid"], [f"'{ANN}", "2"]]


def test_an_index_without_one_is_left_out(tmp_path: Path) -> None:
    path = export(said("a", "b").iloc[[1]][["body"]], tmp_path / "texts.csv")

    assert rows(path) == [["body"], ["b"]]


def masked(tmp_path: Path, frame: pd.DataFrame) -> pd.DataFrame:
    return pd.read_parquet(export(frame, tmp_path / "masked.parquet", mask=True))


def test_masked_addresses_show_four_digits_at_most(tmp_path: Path) -> None:
    found = masked(tmp_path, texts({}, {"from": f"whatsapp:{ANN}"}, {"from": "MyCafe"}, {"from": "72727"}))

    assert found["from"].tolist() == ["…5309", "…5309", "…", "…2727"]
    assert set(found["to"]) == {"…5310"}
    assert OURS not in found.to_csv()


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("call +15558675309 now", "call …5309 now"),
        ("call (555) 867-5309.", "call …5309."),
        ("call 555.867.5309 or 0171/2345678", "call …5309 or …5678"),
        ("call 5 5 5 8 6 7 5 3 0 9", "call …5309"),
        ("on 12:30, 3 people, $1,250, code 123456", "on 12:30, 3 people, $1,250, code 123456"),
        ("order A12345678", "order A12345678"),
        ("\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "…"),
    ],
)
def test_masked_bodies_show_four_digits_of_numbers(tmp_path: Path, body: str, shown: str) -> None:
    assert masked(tmp_path, said(body))["body"].tolist() == [shown]


def test_numbers_are_masked_wherever_they_stand(tmp_path: Path) -> None:
    frame = said("x").assign(
        phone=15558675309.0, error_message=f"The number {ANN} is not valid.", n=12_345_678
    )
    frame[ANN] = ["by column"]

    found = masked(tmp_path, frame)

    assert found["phone"].tolist() == ["…5309"]
    assert found["error_message"].tolist() == ["The number …5309 is not valid."]
    assert found["n"].tolist() == [12_345_678]
    assert found.columns[-1] == "…5309"


def test_what_identifies_a_text_is_not_masked(tmp_path: Path) -> None:
    frame = said("x").assign(sid="SM" + "1234567890" * 3 + "12", request_id="1234567890abcdef12345678")

    found = masked(tmp_path, frame)

    assert found[["sid", "request_id"]].equals(frame[["sid", "request_id"]])
    assert found["time"].tolist() == [datetime(2024, 1, 1, 12, tzinfo=UTC)]


def test_a_file_is_replaced_and_a_link_to_it_kept(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("old.csv")

    export(said("new")[["body"]], tmp_path / "link.csv")

    assert (tmp_path / "link.csv").is_symlink()
    assert rows(tmp_path / "old.csv") == [["body"], ["new"]]


def unwritable(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(mixed=["a", 1])


def too_long(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(body="x" * 40_000)


@pytest.mark.parametrize(("suffix", "spoilt"), [("parquet", unwritable), ("xlsx", too_long)])
def test_when_it_fails_the_old_file_stays_and_nothing_else(
    tmp_path: Path, suffix: str, spoilt: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    path = export(said("a", "b"), tmp_path / f"texts.{suffix}")
    before = path.read_bytes()

    with pytest.raises(ConfigurationError):
        export(spoilt(said("a", "b")), path)

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_has_the_rights_that_the_user_gives_new_files(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        path = export(said("a"), tmp_path / "texts.csv")
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("name", ["texts", "texts.xls", "texts.json"])
def test_a_name_that_says_not_what_to_write_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\.csv, \.xlsx, \.parquet"):
        export(said("a"), tmp_path / name)


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    frame = said("a")

    with pytest.raises(ConfigurationError, match="Two columns are called 'body'"):
        export(pd.concat([frame, frame[["body"]]], axis=1), tmp_path / "texts.csv")


def test_a_folder_that_is_missing_is_the_systems_own_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        export(said("a"), tmp_path / "none" / "texts.csv")


def test_an_error_does_not_repeat_a_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        export(said("a", "b").assign(mixed=["my secret plan", 1]), tmp_path / "texts.parquet")

    assert "my secret plan" not in str(caught.value)
    assert caught.value.__suppress_context__
