"""The house has floors: a module imports from its own or below, late imports included.

What only a type checker reads (``if TYPE_CHECKING:``) does not count. CONTRIBUTING.md says where a line
belongs.
"""

import ast
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "twilio_nb"

FLOORS = {
    "twilio_nb.errors": 0,
    "twilio_nb.domain": 0,
    "twilio_nb.synthetic": 0,
    "twilio_nb.storage": 1,
    "twilio_nb.moving": 2,
    "twilio_nb.plots": 2,
    "twilio_nb.sending": 2,
    "twilio_nb.analysis": 2,
    "twilio_nb.receiving": 3,
    "twilio_nb.jupyter": 4,
    "twilio_nb.notebook": 5,
    "twilio_nb": 6,  # the face and the modules beside it: service, account, cli, ...
}

# The simulated Twilio stays a stranger to the code that it tests: it shares the words of the domain only.
SANDBOX = "twilio_nb.sandbox"
SANDBOX_MAY_IMPORT = (SANDBOX, "twilio_nb.domain", "twilio_nb.errors")

# Who may import what: the driver, Arrow and Twilio's library each stand behind one door.
DOORS = {
    "pymongo": ("twilio_nb.storage",),
    "gridfs": ("twilio_nb.storage",),
    "pyarrow": ("twilio_nb.storage",),
    "matplotlib": ("twilio_nb.plots",),
    "tree_sitter": ("twilio_nb.moving",),
    "tree_sitter_javascript": ("twilio_nb.moving",),
    "twilio": ("twilio_nb.sending", "twilio_nb.receiving.signature"),
}

# The domain is pure: values in, values out; and so are made-up texts, whose chance comes from a seed.
WORLD = (
    *(
        "aiohttp",
        "asyncio",
        "glob",
        "http",
        "io",
        "logging",
        "os",
        "pathlib",
        "random",
        "requests",
        "secrets",
    ),
    *(
        "shutil",
        "signal",
        "socket",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib.request",
        "uuid",
    ),
)
CLOCKS = {"now", "today", "utcnow"}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def within(name: str, *folders: str) -> bool:
    return any(name == folder or name.startswith(folder + ".") for folder in folders)


def floor(module: str) -> int:
    return FLOORS[max((prefix for prefix in FLOORS if within(module, prefix)), key=len)]


def is_type_checking(node: ast.expr) -> bool:
    return "TYPE_CHECKING" in (getattr(node, "id", None), getattr(node, "attr", None))


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Walk everything that runs."""
    children: Iterable[ast.AST] = ast.iter_child_nodes(node)
    if isinstance(node, ast.If) and is_type_checking(node.test):
        children = node.orelse
    yield node
    for child in children:
        yield from statements(child)


def imports_in(source: str) -> Iterator[tuple[str, int]]:
    """Yield each imported module, as far down as it names one of ours, and its line."""
    for node in statements(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                # The version is a constant at the top of the face, and asking for it brings nothing else in.
                if name != "twilio_nb.__version__":
                    yield (name if name in MODULES else node.module), node.lineno
        elif isinstance(node, ast.Call) and node.args:
            function = getattr(node.func, "attr", getattr(node.func, "id", None))
            first = node.args[0]
            if function in ("import_module", "__import__") and isinstance(first, ast.Constant):
                yield str(first.value), node.lineno


def imports(module: str) -> list[tuple[str, int]]:
    return list(imports_in(MODULES[module].read_text(encoding="utf-8")))


def is_pure(module: str) -> bool:
    return within(module, "twilio_nb.domain", "twilio_nb.errors", "twilio_nb.synthetic")


def complaints(module: str) -> Iterator[str]:
    for imported, line in imports(module):
        where = f"{module}:{line} imports {imported}"
        for library, doors in DOORS.items():
            if within(imported, library) and not within(module, *doors):
                yield f"{where}, which belongs in {' and '.join(doors)} only"
        if not within(imported, "twilio_nb"):
            continue
        if within(module, SANDBOX):
            if not within(imported, *SANDBOX_MAY_IMPORT):
                yield f"{where}; the sandbox imports the domain only"
        elif within(imported, SANDBOX):
            yield f"{where}; the sandbox is a process of its own, nothing imports it"
        elif floor(imported) > floor(module):
            yield f"{where}, which is upstairs ({floor(module)} -> {floor(imported)})"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_from_its_own_floor_or_below(module: str) -> None:
    assert list(complaints(module)) == []


@pytest.mark.parametrize("module", [name for name in MODULES if is_pure(name)])
def test_the_domain_touches_nothing_and_reads_no_clock(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    reads = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}

    assert [name for name, _ in imports(module) if within(name, *WORLD)] == []
    assert reads & CLOCKS == set()


def test_late_and_quoted_imports_count_and_those_of_type_checkers_do_not() -> None:
    source = (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import pandas\nelse:\n    import bson\n"
        "def late():\n    import pymongo.errors\n    import_module('pyarrow')\n"
    )

    assert [name for name, _ in imports_in(source)] == ["typing", "bson", "pymongo.errors", "pyarrow"]


def test_every_folder_has_a_floor() -> None:
    folders = {".".join(module.split(".")[:2]) for module in MODULES if module.count(".") > 1}

    assert folders <= {SANDBOX, *FLOORS}


def loaded_by(code: str) -> set[str]:
    """Run code in a fresh interpreter; return the modules it loaded beyond those of an idle interpreter."""
    program = f"""
import sys
before = set(sys.modules)
{code}
import json
print(json.dumps([name for name in sys.modules if name not in before]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, cwd=PACKAGE.parent
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("module", ["twilio_nb.receiving.receiver", "twilio_nb.jupyter.extension"])
def test_the_servers_load_without_the_notebook(module: str) -> None:
    notebook = ("pandas", "ipywidgets", "IPython", "twilio.rest", "twilio_nb.notebook")
    loaded = loaded_by(f"import {module}")

    assert module in loaded
    assert {name for name in loaded if within(name, *notebook)} == set()


@pytest.mark.parametrize("module", ["twilio_nb", "twilio_nb.storage.keeper"])
def test_the_face_and_the_keeper_need_the_standard_library_only(module: str) -> None:
    loaded = {name.partition(".")[0] for name in loaded_by(f"import {module}")}

    assert loaded - sys.stdlib_module_names == {"twilio_nb"}


def test_loading_the_magics_brings_in_nothing_heavy() -> None:
    heavy = ("pandas", "pyarrow", "pymongo", "twilio", "ipywidgets", "starlette", "uvicorn", "aiohttp")
    loaded = loaded_by(
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "from traitlets.config import Config\n"
        "shell = InteractiveShell(config=Config(HistoryManager={'enabled': False}))\n"
        "before |= set(sys.modules)\n"
        "shell.run_line_magic('load_ext', 'twilio_nb')"
    )

    assert "twilio_nb" in loaded
    assert {name for name in loaded if within(name, *heavy)} == set()
