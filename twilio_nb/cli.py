"""The command line: ``twilio-nb demo``."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from twilio_nb.errors import TwilioNBError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int
        Exit status: 0 when all went well, 1 with a line on standard error, 130 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(prog="twilio-nb", description="Text messages in the notebook.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="run a short conversation through all parts, without an account")
    demo.add_argument("--json", action="store_true", help="print messages and frame as JSON instead")
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _end)
    try:
        return _demo(as_json=chosen.json)
    except TwilioNBError as error:
        print(f"twilio-nb: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _end(signum: int, frame: FrameType | None) -> None:
    """End as Ctrl-C does, so that what was started is ended too."""
    raise KeyboardInterrupt


def _demo(*, as_json: bool) -> int:
    from twilio_nb.demo import conversation, run

    result = run(lambda line: print(line, file=sys.stderr, flush=True))
    if as_json:
        print(json.dumps({"messages": result["messages"], "frame": result["frame"]}, indent=2))
    else:
        print(f"\nThe phone's texts went to {result['address']}\n")
        print(f"{conversation(result['messages'])}\n\n{result['table']}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
