"""``python jupyter_handlers.py OPTION …`` loads Jupyter Server, and writes which handlers it has and who may call them.

What a handler's methods say about logins is read as Jupyter Server itself does it, which warns of those that
say nothing.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

BASE_URL = "/a%40b/"
LOGIN, PUBLIC, NOTHING = "a login", "public", "nothing"


@dataclass(frozen=True)
class Registered:
    """A handler as it is registered.

    Attributes
    ----------
    pattern : str
        Of its paths.
    kind : str
        Module and name of its class.
    asks : dict of str to str
        What each method that it takes says: LOGIN, PUBLIC or NOTHING.
    """

    pattern: str
    kind: str
    asks: dict[str, str]


def registered(*options: str) -> list[Registered]:
    """Load a Jupyter Server in a process of its own, with everything that is installed, and list its handlers."""
    command = [sys.executable, __file__, f"--ServerApp.base_url={BASE_URL}", *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    return [Registered(**one) for one in json.loads(done.stdout.splitlines()[-1])]


def _rules(router: Any) -> Iterator[Any]:
    for rule in router.rules:
        if hasattr(rule.target, "rules"):
            yield from _rules(rule.target)
        else:
            yield rule


def _asks(target: Any) -> dict[str, str]:
    from jupyter_server.serverapp import _has_tornado_web_authenticated
    from tornado.web import RequestHandler

    found = {}
    for name in getattr(target, "SUPPORTED_METHODS", ()):
        method = getattr(target, name.lower(), RequestHandler._unimplemented_method)
        if method is RequestHandler._unimplemented_method:
            continue
        if hasattr(method, "__allow_unauthenticated"):
            found[name] = PUBLIC
        else:
            found[name] = LOGIN if _has_tornado_web_authenticated(method) else NOTHING
    return found


def main() -> None:
    """Load the server and write the list as JSON."""
    from jupyter_server.serverapp import ServerApp

    server = ServerApp()
    server.initialize(["--allow-root", "--no-browser", "--port=0", "--ip=127.0.0.1", *sys.argv[1:]])
    rows = []
    for rule in _rules(server.web_app.default_router):
        target = rule.target if isinstance(rule.target, type) else type(rule.target)
        kind = f"{target.__module__}.{target.__qualname__}"
        rows.append({"pattern": rule.matcher.regex.pattern, "kind": kind, "asks": _asks(target)})
    print(json.dumps(rows))  # noqa: T201


if __name__ == "__main__":
    sys.path.pop(0)  # this folder has modules with the names of others
    main()
