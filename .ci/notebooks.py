"""Strip outputs and machine-made metadata from the notebooks; with ``--check`` only say which need it."""

import json
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "notebooks"
# What a notebook keeps of its metadata: which kernel opens it, nothing of the machine that ran it.
METADATA = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}}


def stripped(text: str) -> str:
    """Return a notebook's text as it is to be stored."""
    notebook: dict[str, Any] = json.loads(text)
    notebook["metadata"] = METADATA
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"] = {}
        cell["id"] = f"cell-{number:02}"
        if cell["cell_type"] == "code":
            cell["execution_count"] = None
            cell["outputs"] = []
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> int:
    """Strip or check every notebook; the result is the exit status."""
    changed = []
    for path in sorted(FOLDER.glob("*.ipynb")):
        text = path.read_text(encoding="utf-8")
        wanted = stripped(text)
        if text == wanted:
            continue
        changed.append(path.name)
        if "--check" not in sys.argv:
            path.write_text(wanted, encoding="utf-8")
    if changed and "--check" in sys.argv:
        sys.stderr.write(f"Not stripped: {', '.join(changed)}; run: python .ci/notebooks.py\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
