"""Fixtures for all tests: private directories, one real mongod for each worker, and nothing left behind.

Nothing of the surroundings reaches a test, and a test's processes are known by the runtime directory in
their environment: whatever is still there at the end fails the run, after having been ended by its pid. So does
a file that holds one of the secrets that the fixtures plant; a test that prints one has failed.
"""

import contextlib
import os
import secrets
import shutil
import signal
import tempfile
import time
import zlib
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests import planted

if TYPE_CHECKING:
    from twilio_nb.storage.database import Database
    from twilio_nb.storage.mongod import Mongod

FOREIGN_PREFIXES = ("TWILIO", "JUPYTER", "JPY_")


def pytest_configure() -> None:
    """Let SIGTERM end a run like Ctrl-C, so that the fixtures clean up."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mix the files where workers share them, so that what starts browsers does not all come together."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: zlib.crc32(item.nodeid.partition("::")[0].encode()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let no test pass that has printed or logged a planted secret, itself or by a process it started."""
    report = yield
    printed = "".join(content for _, content in report.sections)
    if report.when == "teardown" and planted.holds(printed.encode(), [planted.MARK]):
        report.outcome = "failed"
        report.longrepr = f"A secret of the tests was printed. {report.longrepr or ''}"
    return report


@pytest.fixture(scope="session", autouse=True)
def private_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the worker a runtime and a data directory of its own and take every setting of ours away."""
    # Below /tmp whatever TMPDIR says: the path of a unix socket ends at 107 bytes.
    root = Path(tempfile.mkdtemp(prefix="tnb-", dir="/tmp"))
    runtime, data = root / "run", root / "data"
    runtime.mkdir(mode=0o700)
    data.mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(FOREIGN_PREFIXES):
                patch.delenv(name)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        patch.setenv("TWILIO_NB_DATA", str(data))
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")  # never the developer's own
        yield root
        descriptions = [end(process) for process in processes_left(root, patience=5)]
    leaks = planted.in_files([root, tmp_path_factory.getbasetemp()], [planted.MARK])
    shutil.rmtree(root, ignore_errors=True)
    assert not descriptions, f"Processes that the tests left behind (ended now): {descriptions}"
    assert not leaks, f"Files with a secret of the tests in them: {leaks}"


@pytest.fixture(autouse=True)
def unchanged_environment(private_surroundings: Path) -> Iterator[None]:
    """Undo what a test, or code under test, does to the environment without monkeypatch."""
    before = dict(os.environ)
    yield
    ours = {key: value for key, value in before.items() if key != "PYTEST_CURRENT_TEST"}
    for name in list(os.environ):
        if name not in before:
            del os.environ[name]
    os.environ.update(ours)


@pytest.fixture
def find_processes() -> Callable[..., list[psutil.Process]]:
    """Provide `processes_left`, which finds processes by the runtime directory in their environment."""
    return processes_left


@pytest.fixture
def own_surroundings(private_surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a test a runtime and a data directory of its own, of which nothing may run 3 s after its end."""
    root = Path(tempfile.mkdtemp(prefix="", dir=private_surroundings))
    for name, folder in (("XDG_RUNTIME_DIR", root / "run"), ("TWILIO_NB_DATA", root / "data")):
        folder.mkdir(mode=0o700, parents=True)
        monkeypatch.setenv(name, str(folder))
    yield root
    descriptions = [end(process) for process in processes_left(root, patience=3)]
    assert not descriptions, f"Still there 3 s after the last user (ended now): {descriptions}"


@pytest.fixture(scope="session")
def mongod(private_surroundings: Path) -> "Iterator[Mongod]":
    """Hold the worker's embedded mongod, so that it is not stopped and started between tests."""
    from twilio_nb.storage.mongod import Mongod

    server = Mongod()
    server.acquire()
    yield server
    server.release()


@pytest.fixture
def database(mongod: "Mongod") -> "Iterator[Database]":
    """Open a database of the test's own; it is dropped afterwards."""
    from twilio_nb.storage.database import Database

    opened = Database.open(f"test_{secrets.token_hex(6)}")
    try:
        yield opened
    finally:
        opened.drop()
        opened.close()


def processes_left(root: Path, *, patience: float = 0) -> list[psutil.Process]:
    """Find the processes, other than this one, whose runtime directory lies in `root`.

    Waits up to `patience` seconds for them to go by themselves.
    """
    deadline = time.monotonic() + patience
    while True:
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if (
                    process.pid != os.getpid()
                    and process.status() != psutil.STATUS_ZOMBIE
                    and process.environ().get("XDG_RUNTIME_DIR", "").startswith(f"{root}/")
                ):
                    found.append(process)
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def end(process: psutil.Process) -> str:
    """End one process by its pid and say what it was."""
    description = f"pid {process.pid}"
    with contextlib.suppress(psutil.Error):
        description += ": " + " ".join(process.cmdline())[:200]
        process.kill()
        process.wait(5)
    return description
