"""Texts as files, read again by the programs that people have."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from tests.analysis.files import FORMULAS, HARMLESS, cells, rows
from tests.analysis.made import ANN, said, texts
from twilio_nb.analysis.cells import quoted
from twilio_nb.analysis.contacts import merge_contacts
from twilio_nb.analysis.export import export
from twilio_nb.errors import ConfigurationError


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


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no folder '.*none'; make it first"):
        export(said("a"), tmp_path / "none" / "texts.csv")


@pytest.mark.parametrize("given", [None, "texts", said("a")["body"]])
def test_what_is_no_frame_is_refused(tmp_path: Path, given: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"is none: give what service\.texts"):
        export(given, tmp_path / "texts.csv")


def test_an_error_does_not_repeat_a_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        export(said("a", "b").assign(mixed=["my secret plan", 1]), tmp_path / "texts.parquet")

    assert "my secret plan" not in str(caught.value)
    assert caught.value.__suppress_context__
