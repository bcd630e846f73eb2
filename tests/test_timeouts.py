"""No call of the package waits for ever: a net over its source, beside the tests of behaviour."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "twilio_nb"
SOURCES = sorted(PACKAGE.rglob("*.py"))

VERBS = ("get", "post", "put", "delete", "head", "request", "ws_connect")
LIMITED = {
    *(f"{caller}.{verb}" for caller in ("requests", "httpx", "session", "self._session") for verb in VERBS),
    "httpx.Client",
    "httpx.AsyncClient",
    "urlopen",
    "urllib.request.urlopen",
    "MongoClient",
    "AsyncMongoClient",
    "socket.create_connection",
    "subprocess.run",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    *(f"{owner}process.{wait}" for owner in ("", "self.", "self._") for wait in ("wait", "communicate")),
}

GIVEN = ("timeout", "socketTimeoutMS", None)  # None: in a mapping of options

# Of a process that was killed a moment ago the end is waited for, however long the system takes.
AFTER_KILL = {"receiving/launch.py": {"self._process.wait"}, "storage/keeper.py": {"self.process.wait"}}


def unlimited(node: ast.AST, limited: bool = False) -> Iterator[tuple[str, int]]:
    """Find calls without a timeout that stand in no block that has one."""
    if isinstance(node, ast.With | ast.AsyncWith):
        limited = limited or any("timeout" in ast.unparse(item.context_expr) for item in node.items)
    if isinstance(node, ast.Call) and (name := ast.unparse(node.func)) in LIMITED:
        given = any(keyword.arg in GIVEN for keyword in node.keywords)
        given = given or (name.endswith((".wait", ".communicate")) and bool(node.args))
        if not (given or limited):
            yield name, node.lineno
    for child in ast.iter_child_nodes(node):
        yield from unlimited(child, limited)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_call_that_waits_for_somebody_else_says_for_how_long(path: Path) -> None:
    found = list(unlimited(ast.parse(path.read_text(encoding="utf-8"))))

    meant = AFTER_KILL.get(str(path.relative_to(PACKAGE)), set())
    assert [(name, line) for name, line in found if name not in meant] == []


def test_the_net_catches_what_it_is_for() -> None:
    source = (
        "requests.get(url)\nrequests.get(url, timeout=1)\nprocess.wait()\nprocess.wait(5)\nMongoClient(uri)\n"
        "with asyncio.timeout(1):\n    session.get(url)\n"
    )

    assert [line for _, line in unlimited(ast.parse(source))] == [1, 3, 5]
