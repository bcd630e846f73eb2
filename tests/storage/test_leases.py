"""One command for all its users: it is there while anybody uses it, and gone soon after."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from twilio_nb.errors import ConfigurationError, StoreUnavailable, TwilioNBError
from twilio_nb.storage.leases import Lease

COMMAND = ["/bin/sh", "-c", "echo $$ > pid.new; mv pid.new pid; exec sleep 600"]

Find = Callable[..., list[psutil.Process]]


@pytest.fixture
def root(own_surroundings: Path) -> Path:
    return own_surroundings / "run" / "command"


def running(root: Path) -> int | None:
    """The pid of the command, if one runs."""
    with contextlib.suppress(OSError, ValueError, psutil.Error):
        pid = int((root / "pid").read_text())
        if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            return pid
    return None


def is_running(root: Path) -> bool:
    return running(root) is not None


def lease(root: Path) -> Lease:
    return Lease(root, COMMAND, ready=lambda: is_running(root), name="The test's command")


def pid_of(root: Path) -> int:
    pid = running(root)
    assert pid is not None
    return pid


def keeper_of(root: Path) -> int:
    return int(
        (root / "keeper.lock").read_text() or 0
    )  # empty for a moment, until a new keeper has written it


def wait(condition: Callable[[], bool], seconds: float = 3) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)


@contextlib.contextmanager
def user(root: Path, code: str = "input()") -> Iterator[subprocess.Popen[str]]:
    """Another process that uses the command and then runs some code, by default until it is told to end."""
    program = f"""
        import os, subprocess, sys, time
        from pathlib import Path
        from twilio_nb.storage.leases import Lease
        root = Path({str(root)!r})
        lease = Lease(root, {COMMAND!r}, ready=(root / "pid").exists)
        lease.acquire()
        print("in", flush=True)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program) + textwrap.dedent(code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_command_runs_from_the_first_user_to_the_last(root: Path, find_processes: Find) -> None:
    with lease(root):
        first = pid_of(root)
        with lease(root):
            assert pid_of(root) == first
        time.sleep(1)
        assert pid_of(root) == first
    assert find_processes(root.parent.parent, patience=3) == []


def test_processes_share_one_command_and_the_one_that_started_it_may_leave(root: Path) -> None:
    with user(root) as starter:
        first = pid_of(root)
        with lease(root):
            starter.communicate("\n")
            time.sleep(1)
            assert pid_of(root) == first


def test_all_is_gone_within_three_seconds_after_the_last_user_was_killed(
    root: Path, find_processes: Find
) -> None:
    with user(root) as process:
        process.kill()
        process.wait()
        assert find_processes(root.parent.parent, patience=3) == []


def test_a_command_that_does_not_heed_its_end_is_killed_in_time(root: Path, find_processes: Find) -> None:
    stubborn = ["/bin/sh", "-c", "trap '' TERM; echo $$ > pid; while :; do sleep 0.1; done"]
    with Lease(root, stubborn, ready=lambda: is_running(root)):
        pass
    assert find_processes(root.parent.parent, patience=3) == []


def test_a_command_that_was_killed_is_back_at_once(root: Path) -> None:
    with lease(root):
        for _ in range(2):
            first = pid_of(root)
            time.sleep(1)  # one that ends sooner counts as one that cannot run
            os.kill(first, signal.SIGKILL)
            wait(lambda first=first: running(root) not in {first, None}, 1)  # type: ignore[misc]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_keeper_that_was_ended_is_replaced_and_takes_its_command_with_it(
    root: Path, number: signal.Signals, find_processes: Find
) -> None:
    with lease(root), user(root):
        keeper, command = keeper_of(root), pid_of(root)
        os.kill(keeper, number)
        wait(lambda: keeper_of(root) != keeper and is_running(root) and pid_of(root) != command)
        found = {process.pid for process in find_processes(root.parent.parent)}
        assert {keeper_of(root), pid_of(root)} <= found
        assert not {keeper, command} & found


def test_a_replaced_keeper_has_the_surroundings_in_which_the_share_was_made(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lease(root):
        first, data = pid_of(root), os.environ["TWILIO_NB_DATA"]
        monkeypatch.setenv("TWILIO_NB_DATA", "/elsewhere")
        os.kill(keeper_of(root), signal.SIGKILL)
        wait(lambda: is_running(root) and pid_of(root) != first)
        assert psutil.Process(pid_of(root)).environ()["TWILIO_NB_DATA"] == data


def test_the_keeper_is_nobodys_child_and_leaves_no_zombie(root: Path) -> None:
    with lease(root):
        assert keeper_of(root) not in {child.pid for child in psutil.Process().children(recursive=True)}


def test_ctrl_c_in_the_terminal_of_a_user_reaches_neither_keeper_nor_command(root: Path) -> None:
    with lease(root):
        assert os.getsid(keeper_of(root)) == os.getsid(pid_of(root)) != os.getsid(0)


def test_a_users_output_ends_with_the_user_although_the_command_still_runs(root: Path) -> None:
    with user(root, "os._exit(0)") as process:
        began = time.monotonic()
        process.communicate(timeout=10)
        assert is_running(root)
        assert time.monotonic() - began < 1


def test_the_command_gets_none_of_the_users_secrets(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TWILIO_AUTH_TOKEN", "TWILIO_NB_SECRET_DEMO", "JPY_API_TOKEN"):
        monkeypatch.setenv(name, "d41d8cd98f00b204")
    with lease(root):
        for pid in (keeper_of(root), pid_of(root)):
            assert "d41d8cd98f00b204" not in psutil.Process(pid).environ().values()


def test_a_forked_child_does_not_keep_the_share_of_its_parent(root: Path, find_processes: Find) -> None:
    forked = """
        if os.fork() == 0:
            os.close(1)
            os.environ.clear()
            time.sleep(6)
            os._exit(0)
        print("forked", flush=True)
        input()
    """
    with user(root, forked) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "forked\n"
        process.kill()
        wait(lambda: not is_running(root))
        # The child itself has the environment of the test, and is still there.
        (child,) = find_processes(root.parent.parent, patience=0.5)
        child.kill()


def test_a_forked_child_does_not_give_up_the_share_of_its_parent(root: Path) -> None:
    forked = """
        if os.fork() == 0:
            lease.release()
            sys.exit()  # with all exit handlers
        os.wait()
        print("the child has ended", flush=True)
        input()
    """
    with user(root, forked) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "the child has ended\n"
        first = pid_of(root)
        time.sleep(1.5)
        assert pid_of(root) == first


def test_a_program_that_a_user_starts_does_not_keep_the_share(root: Path) -> None:
    code = """
        subprocess.Popen(["sleep", "5"], close_fds=False, stdin=0, stdout=subprocess.DEVNULL, env={})
        print("started", flush=True)
        input()
    """
    with user(root, code) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        process.kill()
        wait(lambda: not is_running(root))


def test_users_find_each_other_again_after_the_directory_was_removed(root: Path) -> None:
    with lease(root), user(root):
        first = pid_of(root)
        shutil.rmtree(root)
        wait(lambda: is_running(root) and pid_of(root) != first, 5)
        wait(lambda: not psutil.pid_exists(first))


def test_a_command_that_keeps_ending_is_one_error_of_the_callers_kind_with_the_end_of_its_log(
    root: Path,
) -> None:
    failing = ["/bin/sh", "-c", "echo no \033[31mport left >&2; exit 48"]
    with pytest.raises(StoreUnavailable) as raised:
        Lease(root, failing, ready=lambda: False, name="The server", error=StoreUnavailable).acquire()
    message = str(raised.value)
    assert message.startswith("The server cannot be used: it ended with status 48, 3 times in a row.")
    assert message.endswith("no  [31mport left")


def test_every_user_that_waits_for_a_command_that_keeps_ending_is_told(root: Path) -> None:
    program = f"""if True:
        from pathlib import Path
        from twilio_nb.storage.leases import Lease
        try:
            Lease(Path({str(root)!r}), ["/bin/false"], ready=lambda: False).acquire()
        except Exception as error:
            print(error)
    """
    users = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for one in users:
        said, _ = one.communicate(timeout=20)
        assert "it ended with status 1, 3 times in a row" in said


def test_a_command_that_failed_is_tried_again_by_the_next_user(root: Path) -> None:
    with pytest.raises(TwilioNBError, match="3 times in a row"):
        Lease(root, ["/bin/false"], ready=lambda: False).acquire()
    with lease(root):
        assert is_running(root)


def test_a_command_that_is_not_there_is_named(root: Path) -> None:
    with pytest.raises(TwilioNBError, match="/does/not/exist: No such file"):
        Lease(root, ["/does/not/exist"], ready=lambda: False).acquire()


def test_a_command_that_is_not_ready_in_time_is_an_error_and_is_stopped(root: Path) -> None:
    with pytest.raises(TwilioNBError, match="not ready within 1 s"):
        Lease(root, COMMAND, ready=lambda: False, timeout=1).acquire()


def test_what_the_callable_that_makes_the_command_raises_reaches_the_user(root: Path) -> None:
    def command() -> list[str]:
        message = "Install it first."
        raise ConfigurationError(message)

    with pytest.raises(ConfigurationError, match="Install it first"):
        Lease(root, command, ready=lambda: False).acquire()


def test_the_callable_is_not_asked_while_the_command_runs(root: Path) -> None:
    def command() -> list[str]:
        raise AssertionError

    with lease(root), Lease(root, command, ready=lambda: is_running(root)):
        pass


def test_only_the_lines_to_keep_get_into_the_log(root: Path) -> None:
    talking = [
        "/bin/sh",
        "-c",
        "echo keep 1; echo drop 2; printf 'keep '; echo 3; echo $$ > pid; exec sleep 9",
    ]
    with Lease(root, talking, ready=lambda: is_running(root), keep="^keep"):
        wait(lambda: (root / "log").read_text() == "keep 1\nkeep 3\n")


def test_a_released_lease_can_be_taken_again(root: Path) -> None:
    again = lease(root)
    for _ in range(3):
        with again:
            assert is_running(root)
        again.release()
