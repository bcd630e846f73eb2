"""How long `%load_ext twilio_nb` takes, beside importing what a notebook would otherwise import by hand."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from tests.bench.rows import Row, turns

SHELL = """
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
import time
started = time.perf_counter()
"""
CASES = {
    "%load_ext twilio_nb": "shell.run_line_magic('load_ext', 'twilio_nb')",
    "import pandas, twilio.rest": "import pandas, twilio.rest",
}


def measure() -> Iterator[Row]:
    """Measure both in turns."""
    here, there = turns(9, {name: partial(milliseconds, code) for name, code in CASES.items()}).values()
    yield Row("%load_ext twilio_nb, ms", here, "import pandas, twilio.rest", there, "150")


def milliseconds(code: str) -> float:
    """Return the milliseconds that code takes in a fresh IPython."""
    program = f"{SHELL}{code}\nprint((time.perf_counter() - started) * 1000)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return float(done.stdout.splitlines()[-1])
