"""What a handler prints is shown, and kept: its beginning and its end."""

import asyncio
import io
import sys
import threading

import pytest

from twilio_nb.receiving.printed import KEPT, excerpt, kept


def test_what_is_printed_is_kept_and_still_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with kept() as found:
        print("one")  # noqa: T201
        sys.stderr.write("two\n")
    print("three")  # noqa: T201

    assert str(found) == "one\ntwo\n"
    assert capsys.readouterr() == ("one\nthree\n", "two\n")


def test_what_other_threads_print_meanwhile_is_theirs() -> None:
    with kept() as found:
        other = threading.Thread(target=print, args=("other",))
        other.start()
        other.join()

    assert str(found) == ""


async def _prints() -> str:
    with kept() as found:
        await asyncio.to_thread(print, "in its thread")
    return str(found)


def test_what_a_coroutine_prints_from_a_thread_of_its_own_is_kept() -> None:
    assert asyncio.run(_prints()) == "in its thread\n"


def test_of_much_the_beginning_and_the_end_are_kept() -> None:  # CTX-12
    with kept() as found:
        for n in range(100_000):
            print(n)  # noqa: T201

    assert str(found).startswith("0\n1\n")
    assert str(found).endswith("99998\n99999\n")
    assert len(str(found)) < 2 * KEPT + 50
    assert excerpt("x" * 2 * KEPT) == "x" * 2 * KEPT


def test_a_stream_that_lets_nobody_in_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        __slots__ = ()

        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(name)

    stream = Closed()
    monkeypatch.setattr(sys, "stdout", stream)
    with kept() as found:
        print("shown")  # noqa: T201

    assert (str(found), stream.getvalue()) == ("", "shown\n")
