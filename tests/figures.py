"""The table of figures: ``make faults`` and ``make bench`` each rewrite their part of ``tests/FIGURES.md``."""

import os
import platform
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

FILE = Path(__file__).parent / "FIGURES.md"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in Markdown; None becomes an empty cell."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def write(part: str, content: str) -> None:
    """Replace one part of the file by new content, under the date and the machine it was measured on."""
    measured = f"Measured on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.system()}, " + (
        f"Python {platform.python_version()}."
    )
    text = FILE.read_text()
    begin, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
    written, count = re.subn(
        f"(?s)(?<={re.escape(begin)}\n).*(?={re.escape(end)})",
        lambda _: f"\n{measured}\n\n{content.strip()}\n\n",
        text,
    )
    if count != 1:
        message = f"{FILE.name} has no single part between {begin} and {end}."
        raise ValueError(message)
    FILE.write_text(written)


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
