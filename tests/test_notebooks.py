"""The notebooks run as they are stored, also where there is no Jupyter Server, and are stored clean."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from twilio_nb.demo import SAVE_TEXT

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
QUICKSTART = ROOT / "notebooks" / "00-quickstart.ipynb"
ANALYSIS = ROOT / "notebooks" / "03-analysis.ipynb"
WIDGETS = ROOT / "notebooks" / "01-widgets.ipynb"
WEBHOOKS = ROOT / "notebooks" / "02-webhooks.ipynb"
MOVING = ROOT / "notebooks" / "06-moving-from-app-services.ipynb"
LONGEST = 12  # cells that one sitting takes
# A story, or a tour, whose parts make sense only together.
LONGER = {ANALYSIS: 25, WIDGETS: 17, WEBHOOKS: 32, MOVING: 18}


def cells(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text(encoding="utf-8"))["cells"])


def execute(notebook: Path, folder: Path, **variables: str) -> list[dict[str, Any]]:
    """Run a notebook as `jupyter execute` does and return its cells with what they show."""
    copy = folder / notebook.name
    copy.write_bytes(notebook.read_bytes())
    environment = {
        **os.environ,
        **variables,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "jupyter", "execute", "--inplace", str(copy)],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        start_new_session=True,
    )
    assert done.returncode == 0, done.stderr
    return cells(copy)


def shown(cell: dict[str, Any]) -> str:
    """What stands below a cell, as text."""
    texts = []
    for output in cell.get("outputs", []):
        texts += output.get("text", [])
        texts += output.get("data", {}).get("text/plain", [])
    return "".join(texts)


def cell_with(executed: list[dict[str, Any]], start: str) -> dict[str, Any]:
    return next(cell for cell in executed if "".join(cell["source"]).startswith(start))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_without_a_jupyter_server(notebook: Path, tmp_path: Path) -> None:
    executed = execute(notebook, tmp_path)

    outputs = [output for cell in executed for output in cell.get("outputs", [])]
    assert [output for output in outputs if output["output_type"] == "error"] == []
    if check := CHECKS.get(notebook):
        check(executed)


def check_quickstart(executed: list[dict[str, Any]]) -> None:
    saved = shown(cell_with(executed, "phone.text("))
    assert re.search(r"Saved your text message with _id: [0-9a-f]{24}$", saved, re.M)  # WHR-14, CTX-01
    assert "tea has 2 of 3" in shown(cell_with(executed, "votes = {}"))
    assert "outbound-api" in shown(cell_with(executed, "inbox = "))


def check_analysis(executed: list[dict[str, Any]]) -> None:
    """Its numbers are those of the seed, so that each stands for all that was counted on the way to it."""
    assert "Sorry, is that A, B or C?" in shown(cell_with(executed, "DAYS = "))
    assert "18,200 texts with 400 people, from 2025-09-01 to" in shown(cell_with(executed, "PHOENIX = "))
    assert "170 of 212 people are understood" in shown(cell_with(executed, "parsed = "))
    readings = re.findall(r"^(\w+) +(\d+)$", shown(cell_with(executed, "SAID = ")), re.M)
    assert readings == [("exact", "176"), ("mentioned", "17"), ("ambiguous", "0"), ("unparsed", "14")]
    assert "385 of 397 texts belong to a contact" in shown(cell_with(executed, "def written"))
    assert "within 14 minutes, and 8 of 207" in shown(cell_with(executed, "hours = "))
    waiting = shown(cell_with(executed, "THANKS = "))
    assert re.search(r"\+15557390244 +25 +2 ", waiting)
    assert re.search(r" Thanks! .* hi is a computer free at 15\?\s*$", waiting, re.S)
    exported = shown(cell_with(executed, "shared = "))
    assert "…2368" in exported
    assert "+1555" not in exported
    pictures = [
        output
        for cell in executed
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == 6


def check_webhooks(executed: list[dict[str, Any]]) -> None:
    assert "You handed in: Page 12, exercises 1 to 4" in shown(
        cell_with(executed, 'phone.text("Page 12, exercises 1')
    )
    saved = shown(cell_with(executed, 'phone.text("Page 12, exercises 5'))
    assert re.search(r"Saved your text message with _id: [0-9a-f]{24}$", saved, re.M)  # WHR-14, CTX-01
    assert "Thank you. 27 pages are left." in shown(cell_with(executed, 'phone.text("Page 13'))
    asked = shown(cell_with(executed, 'display(phone.text("Page 14'))
    assert "Thank you." in asked
    assert "'homework' was not asked: can_evaluate does not hold" in asked
    assert "is refused" in shown(cell_with(executed, "service.rules.explain"))
    assert "'allow-send' comes closest: %%args.to is …5310" in shown(cell_with(executed, "try:"))
    log = shown(cell_with(executed, "%twilio_logs"))
    assert "ValueError" in log
    assert "can_evaluate does not hold" in log
    assert "answered" in shown(cell_with(executed, "%twilio_replay"))
    assert "Page 15 is in." in shown(cell_with(executed, "service.texts("))


def check_moving(executed: list[dict[str, Any]]) -> None:
    assert "Keep the secret 'hotlineToken'" in shown(cell_with(executed, "move = "))
    assert "%%twilio_webhook saveText --service hotline --respond-result" in shown(
        cell_with(executed, "made = ")
    )
    assert "Saved" not in shown(cell_with(executed, "get_ipython().run_line_magic"))
    answered = shown(cell_with(executed, "display(get_ipython()"))
    assert re.search(r"Saved your text message with _id: [0-9a-f]{24}, dear colleague", answered)
    assert "is refused" in shown(cell_with(executed, "display(hotline.rules)"))


CHECKS = {
    QUICKSTART: check_quickstart,
    WEBHOOKS: check_webhooks,
    ANALYSIS: check_analysis,
    MOVING: check_moving,
}


def test_the_quickstart_runs_on_the_oldest_kernel_that_is_supported(tmp_path: Path) -> None:
    folder = Path(sys.prefix, "oldest-kernel")
    assert folder.is_dir(), "make test puts the oldest supported ipykernel there; run that"
    variables = {"PYTHONPATH": os.pathsep.join((str(folder), os.environ.get("PYTHONPATH", "")))}
    version = "import ipykernel; print(ipykernel.version_info[:2])"
    done = subprocess.run(
        [sys.executable, "-c", version], env={**os.environ, **variables}, capture_output=True
    )
    assert done.stdout.strip() == b"(6, 30)"

    check_quickstart(execute(QUICKSTART, tmp_path, **variables))


def test_notebooks_are_stored_without_outputs() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "notebooks.py"), "--check"], capture_output=True, text=True
    )

    assert done.stderr == ""
    assert done.returncode == 0


def test_notebooks_are_short() -> None:
    assert [path.name for path in NOTEBOOKS if len(cells(path)) > LONGER.get(path, LONGEST)] == []


def test_the_quickstart_and_the_demo_show_the_same_example() -> None:
    handler = cell_with(cells(QUICKSTART), "%%twilio_webhook saveText")

    assert "".join(handler["source"]) == SAVE_TEXT.rstrip("\n")


def test_binder_installs_what_the_package_needs() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = pyproject["project"]
    wanted = [*pyproject["build-system"]["requires"], *project["dependencies"]]
    extras = project["optional-dependencies"]
    wanted += [line for line in extras["embedded"] if "linux" in line] + extras["analysis"]
    lines = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if not line.startswith("#")] == wanted
