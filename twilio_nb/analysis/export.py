"""Texts as files: CSV, Parquet, Excel."""

import contextlib
import secrets
from collections.abc import Callable, Iterator
from os import PathLike
from pathlib import Path
from typing import IO

import pandas as pd

from twilio_nb.analysis import workbook
from twilio_nb.analysis.cells import flat, quoted
from twilio_nb.analysis.masks import masked_frame
from twilio_nb.errors import ConfigurationError


def export(frame: pd.DataFrame, path: str | PathLike[str], *, mask: bool = False) -> Path:
    """Write texts, or a table made of them, to a file; its suffix says of which kind.

    ========== ======================================================================================
    ``.csv``     UTF-8 with the mark that Excel needs. A cell that a spreadsheet would compute begins
                 with an apostrophe: texts that start with ``= + - @``, a tab or a line break, and so
                 numbers, ``'+15558675309``, which stay whole that way. `merge_contacts` reads them.
    ``.xlsx``    One sheet. Texts and numbers of telephones are cells of text, unchanged and never
                 computed; times lose their zone, which the column's name gets: ``time (UTC)``.
    ``.parquet`` Columns with their types, everything unchanged: for programs.
    ========== ======================================================================================

    CSV and Excel take lists as JSON and durations as seconds. A file of that name is replaced once the new one is
    complete; when something goes wrong, it stays.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of any columns. An index with a name, such as that of a group, becomes columns; any other is left out.
    path : str or os.PathLike
        Ends in ``.csv``, ``.xlsx`` or ``.parquet``; a folder must exist.
    mask : bool
        Leave only the last four digits of numbers: of addresses, and in any other text, where seven digits or more
        count as a number, with blanks and hyphens or without. Names that people write are not found.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ConfigurationError
        If it is no DataFrame, the suffix is another, two columns have the same name, the
        table is too large for Excel, or what writes Excel is not installed.
    OSError
        If there is no such folder, or the file cannot be written.

    Examples
    --------
    >>> twilio_nb.export(service.texts(), "texts.xlsx", mask=True)
    """
    _check_frame(frame)
    target = Path(path).expanduser()
    write = _WRITERS.get(target.suffix.lower())
    if write is None:
        message = f"{target.name!r} does not say what to write; its name should end in {', '.join(_WRITERS)}."
        raise ConfigurationError(message)
    if not target.parent.is_dir():
        message = f"There is no folder {str(target.parent)!r}; make it first, or choose another."
        raise FileNotFoundError(message)
    named = [name for name in frame.index.names if name is not None]
    table = frame.reset_index(level=named) if named else frame
    table = table.reset_index(drop=True)
    if mask:
        table = masked_frame(table)
    if isinstance(table.columns, pd.MultiIndex):
        table = table.set_axis(
            [" ".join(str(part) for part in name if part != "") for name in table.columns], axis=1
        )
    table = table.set_axis([str(name) for name in table.columns], axis=1)
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        message = f"Two columns are called {twice!r}; rename one, for files have each name once."
        raise ConfigurationError(message)
    with _replacing(target) as file:
        write(table, file)
    return target


def _check_frame(frame: object) -> None:
    if not isinstance(frame, pd.DataFrame):
        message = (
            f"A file is made of a DataFrame, and {type(frame).__name__} is none: give what service.texts() or "
            "twilio_nb.summary() returns, or merge_contacts(…).frame."
        )
        raise ConfigurationError(message)


def _csv(table: pd.DataFrame, file: IO[bytes]) -> None:
    cells = {}
    for name in table.columns:
        column = flat(table[name])
        safe = column if column.dtype != object else pd.Series(list(map(quoted, column)), dtype=object)
        cells[quoted(name)] = safe
    pd.DataFrame(cells, table.index).to_csv(file, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def _parquet(table: pd.DataFrame, file: IO[bytes]) -> None:
    try:
        table.to_parquet(file, index=False)
    except (TypeError, ValueError):  # pyarrow's, which would repeat what stands in a cell
        message = "A column holds values of several types, which Parquet does not take: convert it, or export to .csv."
        raise ConfigurationError(message) from None


_WRITERS: dict[str, Callable[[pd.DataFrame, IO[bytes]], None]] = {
    ".csv": _csv,
    ".xlsx": workbook.write,
    ".parquet": _parquet,
}


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[IO[bytes]]:
    """Open a file beside another, and put it in its place when all is written."""
    real = target.resolve()  # a link goes on pointing to its file
    part = real.with_name(f".{real.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(real)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
