"""Which browser the tests drive: the system's Chromium or Chrome, else one that playwright downloaded.

Run as a program it prints the path, or exits with 1: that is how ``make test`` knows whether to install one.
"""

import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find() -> str | None:
    """Return the browser's path, None when there is none."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    if MACOS.exists():
        return str(MACOS)
    from playwright.sync_api import sync_playwright  # starts a process of its own, hence last

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    found = find()
    if found is None:
        raise SystemExit(1)
    sys.stdout.write(found + "\n")
