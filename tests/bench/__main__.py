"""``python -m tests.bench [NAME …]`` measures what is named, or everything, into its parts of tests/FIGURES.md."""

import importlib
import sys

from tests import figures
from tests.bench.rows import HEAD, Row

NAMES = (
    *("inbox", "through_jupyter", "flood", "handler_call", "mongod_start", "load_ext"),
    *("frames", "live", "inbox_page", "summaries", "history"),
)


def main() -> None:
    """Measure one after the other; the rows of each are of one run."""
    for name in sys.argv[1:] or NAMES:
        print(f"{name} ...", flush=True)
        rows: list[Row] = []
        for row in importlib.import_module(f"tests.bench.{name}").measure():
            print("  ", *(cell for cell in row.cells() if cell), sep="  ", flush=True)
            rows.append(row)
        figures.write(name, figures.table(HEAD, [row.cells() for row in rows]))


if __name__ == "__main__":
    main()
