"""A table as a workbook of Excel's, cell by cell, so that each is of the type that it should be.

pandas' own writers leave it to a library to guess, and a text that begins with ``=`` becomes a formula.
"""

from datetime import date, datetime
from typing import IO, Any

import pandas as pd

from twilio_nb.analysis.cells import flat
from twilio_nb.errors import ConfigurationError

ROWS, COLUMNS, CHARACTERS = 1_048_576, 16_384, 32_767
"""Excel's limits: https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3"""

_EXACT = 2**53  # Excel's numbers are floats


def write(table: pd.DataFrame, file: IO[bytes]) -> None:
    """Write a table as the one sheet of a workbook.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns named by strings. Times lose their zone, which Excel does not know, to the name of their column.
    file : file object
        Open for writing.

    Raises
    ------
    ConfigurationError
        If Excel cannot hold the table, of which nothing is ever cut off; or XlsxWriter is not installed.
    """
    try:
        from xlsxwriter import Workbook
    except ImportError as error:
        message = 'Excel files are written by XlsxWriter, which is not installed: pip install "twilio-nb[analysis]".'
        raise ConfigurationError(message) from error
    columns = {}
    for name in table.columns:
        values = table[name]
        cells = [None if missing else cell for cell, missing in zip(flat(values), values.isna(), strict=True)]
        if "tz=" in str(values.dtype) or isinstance(values.dtype, pd.DatetimeTZDtype):
            name = f"{name} ({values.dt.tz})"
            cells = [cell and cell.replace(tzinfo=None) for cell in cells]  # what a clock there shows
        columns[name] = cells
    _check(len(table), columns)
    # Row by row to the disk: a million texts do not fit into memory as cells.
    with Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("texts")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns), 20)
        # Numbers of telephones are meant to be text: no green triangles.
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{ROWS}"})
        put = _Cells(book, sheet)
        for row, line in enumerate([tuple(columns), *zip(*columns.values(), strict=True)]):
            for column, value in enumerate(line):
                put.cell(row, column, value)


class _Cells:
    """What puts values into the cells of a sheet, each with the format of its type."""

    def __init__(self, book: Any, sheet: Any) -> None:
        self._sheet = sheet
        # A cell that begins with = stays text when a person edits it, too.
        self._text = book.add_format({"num_format": "@", "quote_prefix": True})
        self._time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._date = book.add_format({"num_format": "yyyy-mm-dd"})
        self._plain = book.add_format()

    def cell(self, row: int, column: int, value: Any) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(row, column, value)
        elif isinstance(value, int | float) and abs(value) <= _EXACT:  # neither infinite
            self._sheet.write_number(row, column, value)
        elif isinstance(value, datetime) and value.tzinfo is None and value.year >= 1900:
            self._sheet.write_datetime(row, column, value, self._time)
        elif isinstance(value, date) and not isinstance(value, datetime) and value.year >= 1900:
            self._sheet.write_datetime(row, column, value, self._date)
        else:
            self._write_text(row, column, str(value))

    def _write_text(self, row: int, column: int, text: str) -> None:
        if text.startswith("<r>") and text.endswith("</r>"):
            # XlsxWriter would take it for XML of its own making and copy it into the file.
            self._sheet.write_rich_string(row, column, text[0], self._plain, text[1:], self._text)
        else:
            self._sheet.write_string(row, column, text, self._text)


def _check(rows: int, columns: dict[str, list[Any]]) -> None:
    if rows >= ROWS or len(columns) > COLUMNS:
        message = (
            f"{rows:,} rows of {len(columns):,} columns do not fit into a sheet of Excel's, which holds {ROWS - 1:,} "
            f"of {COLUMNS:,} and the row of their names; export to .csv or .parquet, or part of them."
        )
        raise ConfigurationError(message)
    for name, cells in columns.items():
        if long := sum(isinstance(cell, str) and _length(cell) > CHARACTERS for cell in cells):
            message = (
                f"{long:,} cells of the column {name!r} are longer than the {CHARACTERS:,} characters of a cell of "
                "Excel's; export to .csv or .parquet, or without that column."
            )
            raise ConfigurationError(message)


def _length(cell: str) -> int:
    """Return the length of a text as Excel counts it, in units of UTF-16."""
    return len(cell) if len(cell) * 2 <= CHARACTERS else len(cell.encode("utf-16-le", "surrogatepass")) // 2
