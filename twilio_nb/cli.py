"""The command line: ``twilio-nb demo``, ``import`` and ``export``."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from twilio_nb.errors import TwilioNBError
from twilio_nb.terminal import print_anything


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
    print_anything()
    parser = argparse.ArgumentParser(prog="twilio-nb", description="Text messages in the notebook.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="run a short conversation through all parts, without an account")
    demo.add_argument("--json", action="store_true", help="print messages and frame as JSON instead")
    move = commands.add_parser(
        "import", help="make a notebook and a report of an app exported from App Services"
    )
    move.add_argument(
        "export", metavar="EXPORT", help="a folder, a zip, or the JSON that the Admin API's pull answered"
    )
    move.add_argument(
        "--to", metavar="FOLDER", help="the folder to write; by default NAME-notebook, NAME being the app's"
    )
    move.add_argument(
        "--environment", metavar="E", help="whose values are filled in; by default the app's own"
    )
    move.add_argument("--dry-run", action="store_true", help="tell what would be made, and write nothing")
    back = commands.add_parser(
        "export", help="write services, webhooks, rules and values as an app of App Services"
    )
    back.add_argument("folder", metavar="FOLDER", help="the folder to write; nothing in it is overwritten")
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _end)
    try:
        if chosen.command == "demo":
            return _demo(as_json=chosen.json)
        print(_moved(chosen))
        return 0
    except TwilioNBError as error:
        print(f"twilio-nb: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _end(signum: int, frame: FrameType | None) -> None:
    """End as Ctrl-C does, so that what was started is ended too."""
    raise KeyboardInterrupt


def _moved(chosen: argparse.Namespace) -> object:
    from twilio_nb.moves import export_app, import_app

    if chosen.command == "export":
        return export_app(chosen.folder)
    return import_app(chosen.export, chosen.to, environment=chosen.environment, dry_run=chosen.dry_run)


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
