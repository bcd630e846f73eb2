"""``python -m tests.bench [NAME …]`` measures and prints; without names, it writes the table of tests/FIGURES.md."""

import importlib
import sys

from tests import figures
from tests.bench.rows import HEAD, Row

NAMES = (
    *("inbox", "through_jupyter", "handler_call", "mongod_start", "load_ext", "flood"),
    *("frames", "live", "summaries", "history"),
)


def main() -> None:
    """Measure what is named, or everything."""
    wanted = tuple(sys.argv[1:]) or NAMES
    rows: list[Row] = []
    for name in wanted:
        print(f"{name} ...", flush=True)
        for row in importlib.import_module(f"tests.bench.{name}").measure():
            print("  ", *(cell for cell in row.cells() if cell), sep="  ", flush=True)
            rows.append(row)
    if wanted == NAMES:
        figures.write("bench", figures.table(HEAD, [row.cells() for row in rows]))


if __name__ == "__main__":
    main()
