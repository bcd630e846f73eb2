"""Texts that a spreadsheet would compute or not, and files as other programs read them."""

import csv
from pathlib import Path
from typing import Any

import openpyxl

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
