"""``python -m twilio_nb.sandbox``: run a simulated Twilio account on this machine."""

import argparse
import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from twilio_nb.sandbox.account import FILE, Account
from twilio_nb.sandbox.delivery import PACE

WELCOME = """\
A simulated Twilio account answers at {url}

  Account SID  {sid}
  Auth token   in {file} (auth_token)
  Numbers      {numbers}

With the twilio library:
  client = Client(account_sid, auth_token)
  client.api.base_url = client.messaging.base_url = "{url}"

A phone texts the first number, whose SmsUrl is then called, and its TwiML answer obeyed:
  curl -u {sid}:TOKEN {url}/sandbox/texts -d '{{"body": "Hello"}}'
  curl -u {sid}:TOKEN {url}/sandbox/phones/{phone}
  curl -u {sid}:TOKEN {url}/sandbox/notifications       what went wrong

Let it go wrong, the next request that sends, or the next message to somebody:
  curl -u {sid}:TOKEN {url}/sandbox/behaviour -d '{{"fault": "500", "after": true}}'
  curl -u {sid}:TOKEN {url}/sandbox/deliveries -d '{{"to": "{phone}", "error_code": 30003}}'

Let time pass, for what is scheduled and for WhatsApp's windows:
  curl -u {sid}:TOKEN {url}/sandbox/time -d '{{"seconds": 86400}}'

It calls addresses on this machine only, and forgets its messages when it ends: Ctrl-C.
"""


def main() -> int:
    """Run the sandbox until it is told to end, or its parent is gone.

    Returns
    -------
    int
        The exit status: 0, or 1 if the directory cannot be used.
    """
    arguments = _arguments()
    # uvicorn, once it has ended in good order, repeats the signal it caught: it arrives here.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    by_hand = arguments.directory is None
    directory = Path(tempfile.mkdtemp(prefix="twilio_nb-sandbox-")) if by_hand else arguments.directory
    try:
        _run(directory, arguments.port, arguments.pace, by_hand=by_hand)
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"The sandbox could not run in {directory}: {type(error).__name__}: {error}\n")
        return 1
    finally:
        if by_hand:
            shutil.rmtree(directory, ignore_errors=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m twilio_nb.sandbox", description=__doc__)
    parser.add_argument(
        "--directory",
        type=Path,
        metavar="DIR",
        help="keep the account in DIR/account.json, take the same port again, end with the parent process",
    )
    parser.add_argument("--port", type=int, default=0, help="of 127.0.0.1; by default any that is free")
    parser.add_argument(
        "--pace",
        type=float,
        default=PACE,
        metavar="SECONDS",
        help=f"from one status to the next ({PACE:g})",
    )
    return parser.parse_args()


def _run(directory: Path, port: int, pace: float, *, by_hand: bool) -> None:
    parent = os.getppid()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(directory / "account.lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        msg = "another sandbox runs there; end it or name another directory"
        raise ValueError(msg) from None
    file = directory / FILE
    account, last_port = _resumed(file)
    with _listen(port, last_port) as listener:
        account.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        account.changed = lambda: account.save(file)
        account.save(file)  # connections wait in the listener's queue from here on
        if by_hand:
            sys.stdout.write(_welcome(account, file))
            sys.stdout.flush()
        _serve(account, pace, listener, parent=None if by_hand else parent)


def _welcome(account: Account, file: Path) -> str:
    numbers = " ".join(account.numbers)
    return WELCOME.format(url=account.url, sid=account.sid, file=file, numbers=numbers, phone=account.phone)


def _serve(account: Account, pace: float, listener: socket.socket, parent: int | None) -> None:
    """Answer requests until a signal, or until `parent` is no longer the parent."""
    import uvicorn

    from twilio_nb.sandbox.application import application

    async def watch() -> None:
        if parent not in (None, os.getppid()):
            server.should_exit = True

    config = uvicorn.Config(
        application(account, pace),
        access_log=False,
        log_config=None,
        log_level="critical",  # errors are logged by the application; uvicorn would add that it ends at once
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=0,
        callback_notify=watch,
        timeout_notify=0,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listener])


def _resumed(file: Path) -> tuple[Account, int]:
    """Return the account that ran here before and its port; a new one, if none did or another release's."""
    try:
        return Account.load(file), urlsplit(json.loads(file.read_text())["url"]).port or 0
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return Account.new(), 0


def _listen(port: int, last_port: int) -> socket.socket:
    """Listen on the wanted port; else on the last one, or on any if somebody else has that."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port or last_port))
    except OSError:
        if port:
            raise
        listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    return listener


if __name__ == "__main__":
    sys.exit(main())
