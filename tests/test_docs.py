"""README.md and the guide name what exists, and what exists stands in one of them."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from twilio_nb.storage import columns

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MANUAL = README + (ROOT / "notebooks" / "GUIDE.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SOURCES = sorted((ROOT / "twilio_nb").rglob("*.py"))
APP_SERVICES = (ROOT / "notebooks" / "APP-SERVICES.md").read_text(encoding="utf-8")

VARIABLE = re.compile(r"TWILIO_[A-Z0-9_]+")


def nodes(folder: str = "") -> Iterator[ast.AST]:
    for path in SOURCES:
        if path.is_relative_to(ROOT / "twilio_nb" / folder):
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def text(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def is_environment(node: ast.AST) -> bool:
    return "environ" in (getattr(node, "id", None), getattr(node, "attr", None))


def environment_reads() -> set[str]:
    """The variables the code reads: ours wherever they are named, others' where the environment is asked."""
    found = set()
    for node in nodes():
        name: str | None = None
        if (value := text(node)) and VARIABLE.fullmatch(value):
            name = value
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("_VARIABLE"):
            name = text(node.value)
        elif (
            isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and is_environment(node.value)
        ):
            name = text(node.slice)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            asks_environment = node.func.attr == "get" and is_environment(node.func.value)
            if asks_environment or node.func.attr == "getenv":
                name = text(node.args[0])
        # What Jupyter tells its kernels (JPY_...) is nobody's to configure.
        if name is not None and not name.startswith("JPY_"):
            found.add(name)
    return found


def magics() -> set[str]:
    """The magics as they are written: a decorated method's name, or the name that the decorator gives."""
    found = set()
    for node in nodes("notebook"):
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            function = call.func if call else decorator
            kind = getattr(function, "id", getattr(function, "attr", None))
            name = (text(call.args[0]) if call and call.args else None) or node.name
            if kind in ("line_magic", "line_cell_magic"):
                found.add(f"%{name}")
            if kind in ("cell_magic", "line_cell_magic"):
                found.add(f"%%{name}")
    return found


def options(folder: str) -> set[str]:
    found = set()
    for node in nodes(folder):
        if not isinstance(node, ast.Call):
            continue
        if getattr(node.func, "id", getattr(node.func, "attr", None)) in ("argument", "add_argument"):
            found |= {value for value in map(text, node.args) if value and value.startswith("--")}
    return found


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE)) - {"help"}


def commands() -> set[str]:
    return {
        str(text(node.args[0]))
        for node in nodes()
        if isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "add_parser"
    }


def headings(page: Path) -> set[str]:
    """The headings of a page as a link names them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in found}


def test_there_is_something_to_check() -> None:
    assert "TWILIO_NB_MONGODB_URI" in environment_reads()
    assert {"%twilio_send", "%%twilio_send", "%%twilio_webhook"} <= magics()
    assert "--respond-result" in options("notebook")
    assert {"demo", "test"} <= targets()


def test_every_environment_variable_that_is_read_is_documented() -> None:
    assert {name for name in environment_reads() if name not in MANUAL} == set()


def test_every_environment_variable_that_is_documented_is_read() -> None:
    documented = {name.removesuffix("_") for name in VARIABLE.findall(MANUAL)}

    assert documented - {name.removesuffix("_") for name in environment_reads()} == set()


def test_every_magic_is_documented() -> None:
    assert {name for name in magics() if not re.search(rf"(?<!%){name}\b", MANUAL)} == set()


def test_every_magic_that_is_documented_exists() -> None:
    assert set(re.findall(r"%{1,2}twilio_\w+", MANUAL)) - magics() == set()


@pytest.mark.parametrize("folder", ["notebook", "cli.py"])
def test_every_option_is_documented(folder: str) -> None:
    assert {option for option in options(folder) if not re.search(rf"{option}\b", MANUAL)} == set()


def test_every_make_target_is_documented_and_exists() -> None:
    documented = set(re.findall(r"\bmake ([a-z]+)", MANUAL))

    assert documented == targets()


def test_every_extra_in_an_install_command_exists() -> None:
    used = {
        extra.strip() for found in re.findall(r"twilio-nb\[([^\]]+)\]", MANUAL) for extra in found.split(",")
    }

    assert used <= set(PROJECT["project"]["optional-dependencies"])
    assert used != set()


def test_every_command_that_is_documented_exists() -> None:
    assert "twilio-nb" in PROJECT["project"]["scripts"]
    assert set(re.findall(r"twilio-nb ([a-z]+)\b", MANUAL)) == commands()


@pytest.mark.parametrize("name", ["README.md", "notebooks/GUIDE.md"])
def test_every_place_that_is_linked_exists(name: str) -> None:
    page = ROOT / name
    linked = re.findall(r"\]\(((?!https?:)[^)#]*)(?:#([^)]+))?\)", page.read_text(encoding="utf-8"))
    missing = [target for target, _ in linked if not (page.parent / target).exists()]
    parts = [
        part
        for target, part in linked
        if part and part not in headings(page.parent / target if target else page)
    ]

    assert missing == []
    assert parts == []


def test_it_is_short_enough_to_be_read() -> None:
    assert len(README.splitlines()) <= 150


def test_the_table_of_columns_is_that_of_the_frames() -> None:
    text = (ROOT / "notebooks" / "COLUMNS.md").read_text()
    rows = re.findall(r"^\| `(\w+)`( \*)? \| `(.+?)` \|", text, re.M)
    default, _, _ = text.partition("The full set adds")

    assert [(name, kind) for name, _, kind in rows] == [
        (field.name, str(field.type)) for field in columns.SCHEMA
    ]
    assert {name for name, few, _ in rows if few} == set(columns.CATEGORICAL)
    assert re.findall(r"^\| `(\w+)`", default, re.M) == list(columns.DEFAULT)


# Sections of the table whose items are each about what a test can show.
TESTED = ("RUL-", "WHC-", "WHU-", "WHP-", "WHR-", "VLD-", "CTX-", "EXP-", "LOG-")


def items() -> list[str]:
    """The numbers of what the retired service did, as the table has them."""
    return re.findall(r"^\| ([A-Z]+-?\d+) \|", APP_SERVICES, re.M)


def test_each_item_of_the_retired_service_stands_in_the_table_once() -> None:
    assert len(items()) > 100
    assert sorted(items()) == sorted(set(items()))


def test_each_item_says_whether_it_is_here() -> None:
    verdicts = {"same", "differs", "not yet", "left out", "decided here"}
    rows = re.findall(r"^\| ([A-Z]+-\d+) \|[^|]*\|[^|]*\| \*\*([a-z ]+)\*\*", APP_SERVICES, re.M)

    assert {verdict for _, verdict in rows} <= verdicts
    assert [item for item, _ in rows] == [item for item in items() if "-" in item]


def named() -> set[str]:
    """The items that the tests name."""
    found = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")]
    return {item for text in found for item in re.findall(r"\b(?:[A-Z]{3}-\d+|C\d+)\b", text)}


def test_each_item_that_is_here_is_named_by_a_test() -> None:
    rows = re.findall(r"^\| ([A-Z]+-?\d+) \|[^|]*\|[^|]*\| (.*)$", APP_SERVICES, re.M)
    missing = ("**left out", "**not yet")
    here = {item for item, verdict in rows if not verdict.startswith(missing)}

    assert {item for item in here - named() if item.startswith(TESTED)} == set()


def test_each_item_that_a_test_names_stands_in_the_table() -> None:
    sections = tuple({item.partition("-")[0] for item in items() if "-" in item})
    ours = {item for item in named() if item.startswith(sections) and "-" in item}

    assert "EXP-04" in ours
    assert ours - set(items()) == set()
