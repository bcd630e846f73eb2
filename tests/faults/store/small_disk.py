"""A stage whose data directory is a disk of its own, so small that it can be filled.

The disk is a tmpfs in a mount namespace of the Jupyter Server's own, which needs no privileges: the first
Python of the playground is a script that makes both and then becomes Python. Nothing is left mounted when
the last process has ended.
"""

import sys
from pathlib import Path

import pytest

from tests.faults.parts.notebook import Notebook
from tests.faults.parts.stage import Stage, changed_environment
from twilio_nb.playground import Playground
from twilio_nb.storage.database import Database

SIZE = 64  # MB

PYTHON = """#!/bin/sh
exec unshare --map-current-user --keep-caps --mount sh -c '
    mount -t tmpfs -o size={size}m,mode=700 small "$TWILIO_NB_DATA" && exec "{python}" "$@"' python "$@"
"""


class SmallDiskStage(Stage):
    """A stage with a small disk."""

    def open_playground(self) -> Playground:
        script = Path(self._folder.name, "python")
        script.write_text(PYTHON.format(size=SIZE, python=sys.executable))
        script.chmod(0o700)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "executable", str(script))
            return super().open_playground()

    def open_database(self) -> Database:
        """The database by its address: this process does not see the disk."""
        self.first = Notebook(self.playground.kernel())
        self.connect(self.first)
        address = self.first.run("print(service.database.uri.reveal())").text().strip()
        with changed_environment({"TWILIO_NB_MONGODB_URI": address}):
            return Database.open()

    @property
    def disk(self) -> Path:
        """The disk as this process can see it."""
        assert self.playground.process is not None
        root = Path(f"/proc/{self.playground.process.pid}/root")
        return root / (self.playground.root / "data").relative_to("/")

    def fill(self) -> None:
        """Leave no byte on the disk."""
        with (self.disk / "filler").open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while file.write(b"\0" * size):
                        pass
                except OSError:
                    continue

    def make_room(self) -> None:
        (self.disk / "filler").unlink()
