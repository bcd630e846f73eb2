"""Tables, and lists of findings."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from twilio_nb.domain.markup import (
    COLOURS,
    MUTED,
    RULE,
    Markup,
    Shown,
    aside,
    frame,
    plain,
    tag,
)

_SHORT = 36  # characters; a SID, a time and a number fit
MARKS = {"ok": "✓", "warning": "!", "problem": "✗"}


class Table(Shown):
    """Rows with the same columns.

    Parameters
    ----------
    rows : sequence of mapping
        In the order to show them; ``pandas.DataFrame(table.rows)`` makes a frame of them.
    columns : sequence of str or None
        What to show; None for the keys of the first row.
    empty : str
        The sentence that stands there when there is no row.
    """

    def __init__(
        self,
        rows: Sequence[Mapping[str, Any]],
        columns: Sequence[str] | None = None,
        empty: str = "Nothing yet.",
    ) -> None:
        self.rows = [dict(row) for row in rows]
        self.columns = list(columns if columns is not None else (rows[0] if rows else ()))
        self.empty = empty

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.rows[index]

    def _lines(self) -> list[list[str]]:
        return [[_cell(row.get(column)) for column in self.columns] for row in self.rows]

    def _text(self) -> str:
        if not self.rows:
            return plain(self.empty)
        named = [[plain(column) for column in self.columns], *self._lines()]
        lines = [[cell.replace("\n", " ") for cell in line] for line in named]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
        return "\n".join("  ".join(line).rstrip() for line in padded)

    def _html(self) -> Markup:
        if not self.rows:
            return frame(aside(self.empty))
        style = f"text-align:left;padding:3px 14px 3px 0;border:none;border-bottom:{RULE};vertical-align:top"
        head = [tag("th", column, scope="col", style=f"{style};{MUTED}") for column in self.columns]
        lines = [
            tag(
                "tr",
                *(tag("td", tag("bdi", cell, dir="auto"), style=f"{style};{_width(cell)}") for cell in line),
            )
            for line in self._lines()
        ]
        table = tag(
            "table",
            tag("thead", tag("tr", *head)),
            tag("tbody", *lines),
            style="border-collapse:collapse;border:none;margin:0",
        )
        return frame(tag("div", table, style="overflow-x:auto"))


@dataclass(frozen=True)
class Remedy:
    """What can be done about a finding, once a person agrees.

    Attributes
    ----------
    label : str
        A word or three for a button.
    change : str
        A sentence that says what will be changed, and where.
    mend : callable
        Does it; raises an error of this package if that fails.
    """

    label: str
    change: str
    mend: Callable[[], object] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    state : {"ok", "warning", "problem"}
        Whether it is in order.
    sentence : str
        What was found, and what to do where something is not in order.
    remedy : Remedy or None
        What a button beside it would do.
    """

    state: Literal["ok", "warning", "problem"]
    sentence: str
    remedy: Remedy | None = None


class Note(Shown):
    """A sentence or two.

    Parameters
    ----------
    *sentences : str
        What to say, a line each.
    """

    def __init__(self, *sentences: str) -> None:
        self.sentences = sentences

    def _text(self) -> str:
        return "\n".join(map(plain, self.sentences))

    def _html(self) -> Markup:
        return frame(*map(aside, self.sentences))


class Findings(Shown):
    """What a check found, one line each.

    Parameters
    ----------
    title : str
        What was checked.
    findings : sequence of Finding
        In the order to show them.
    """

    def __init__(self, title: str, findings: Sequence[Finding]) -> None:
        self.title = title
        self.findings = tuple(findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def _text(self) -> str:
        lines = [f"  {MARKS[one.state]} {plain(one.sentence)}" for one in self.findings]
        return "\n".join([plain(self.title), *lines])

    def _html(self) -> Markup:
        return frame(tag("strong", self.title), *(_finding(one) for one in self.findings))


def _finding(one: Finding) -> Markup:
    mark = tag(
        "span",
        MARKS[one.state],
        title=one.state,
        style=f"color:{COLOURS[one.state]};font-weight:700;flex:0 0 1.3em",
    )
    sentence = tag("span", one.sentence, style="overflow-wrap:anywhere;min-width:0")
    return tag("div", mark, sentence, style="display:flex;padding:1px 0")


def _width(cell: str) -> str:
    """Keep a short cell in one line and give a long one room, where the table itself scrolls."""
    if len(cell) <= _SHORT and "\n" not in cell:
        return "white-space:nowrap"
    return "white-space:pre-wrap;overflow-wrap:anywhere;min-width:18em"


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_cell(one) for one in value)
    return plain(value)
