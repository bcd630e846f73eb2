"""How long `%load_ext twilio_nb` takes, beside importing what a notebook would otherwise import by hand."""

import statistics
import subprocess
import sys

ROUNDS = 9

SHELL = """
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
import time
started = time.perf_counter()
"""
CASES = {
    "%load_ext twilio_nb": "shell.run_line_magic('load_ext', 'twilio_nb')",
    "import twilio.rest": "import twilio.rest",
    "import pandas": "import pandas",
    "import pandas, twilio.rest": "import pandas, twilio.rest",
}


def measure(code: str) -> float:
    """Return the milliseconds that code takes in a fresh IPython."""
    program = f"{SHELL}{code}\nprint((time.perf_counter() - started) * 1000)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def main() -> None:
    """Print a table; the cases take turns, so that a noisy minute is shared by all."""
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(ROUNDS):
        for name, code in CASES.items():
            times[name].append(measure(code))
    print(f"{'fresh interpreter':<28}{'median ms':>10}{'min':>8}{'max':>8}")
    for name, values in times.items():
        print(f"{name:<28}{statistics.median(values):>10.0f}{min(values):>8.0f}{max(values):>8.0f}")
    print()


if __name__ == "__main__":
    main()
