"""What the package imports is what pyproject.toml declares."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# Declared and not imported: the kernel that runs us.
NOT_IMPORTED = {"ipykernel"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    extras = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *extras["keyring"], *extras["analysis"], *extras["moving"]]
    return {normal(re.split(r"[^\w.-]", line)[0]) for line in lines}


def imported() -> dict[str, str]:
    """The distributions that modules of the package import, late imports included, and where."""
    owners = packages_distributions()
    found = {}
    for path in sorted((ROOT / "twilio_nb").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            module = node.module if isinstance(node, ast.ImportFrom) else None
            names = [module] if module else [alias.name for alias in node.names]
            for top in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"twilio_nb"}:
                found[normal(owners[top][0])] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return found


def test_everything_that_is_imported_is_declared() -> None:
    found = imported()

    assert "pymongo" in found, "the search finds imports"
    assert {name: where for name, where in found.items() if name not in declared()} == {}


def test_everything_that_is_declared_is_used() -> None:
    assert declared() - set(imported()) == NOT_IMPORTED
