"""An export as documents and sources, by path below its root, whatever it came in."""

import json
import stat
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twilio_nb.errors import ConfigurationError
from twilio_nb.moving.containers import LARGEST, Files, read_folder, read_zip
from twilio_nb.moving.decisions import Decisions, Kind
from twilio_nb.moving.pulled import from_pull

_DEEPEST = 60  # levels of a document
_ROOT_FILES = ("root_config.json", "realm_config.json", "stitch.json", "app_config.json")
_PARTS = ("services", "http_endpoints", "data_sources", "functions", "values", "environments")
_EXPECTED = "expected the folder or zip of an exported app, or the JSON that the Admin API's pull answers"


@dataclass
class Tree:
    """An export below its root.

    Attributes
    ----------
    name : str
        What the export is called, without an ending.
    documents : dict
        Path to what stands in each JSON file, Extended JSON as it is.
    sources : dict
        Path to the text of each JavaScript file.
    others : list of str
        Paths of files that were not read.
    decisions : Decisions
        What was noted so far.
    pulled : bool
        Whether it came as one JSON from the Admin API.
    """

    name: str
    documents: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    decisions: Decisions = field(default_factory=Decisions)
    pulled: bool = False

    def folders(self, *above: str) -> list[str]:
        """Return the names of the folders below a folder, in order, however deep their files lie."""
        prefix = "".join(f"{part}/" for part in above)
        paths = [
            path[len(prefix) :] for path in {**self.documents, **self.sources} if path.startswith(prefix)
        ]
        return sorted({path.partition("/")[0] for path in paths if "/" in path})

    def files(self, *above: str) -> dict[str, Any]:
        """Return the documents that lie in a folder itself, by their file's name without the ending."""
        prefix = "".join(f"{part}/" for part in above)
        return {
            path[len(prefix) : -len(".json")]: self.documents[path]
            for path in sorted(self.documents)
            if path.startswith(prefix) and "/" not in path[len(prefix) :]
        }


def read(path: Path) -> Tree:
    """Read an export.

    Parameters
    ----------
    path : Path
        A folder, a zip, or the JSON of the Admin API.

    Returns
    -------
    Tree
        What could be read; what could not is among its decisions.

    Raises
    ------
    ConfigurationError
        If it is nothing that could be an export.
    """
    decisions = Decisions()
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        message = f"There is no {str(path)[:300]!r}; {_EXPECTED}."
        raise ConfigurationError(message) from None
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        message = f"{str(path)!r} is neither a folder nor a file; {_EXPECTED}."
        raise ConfigurationError(message)
    if stat.S_ISDIR(mode):
        files = read_folder(path, decisions)
    elif zipfile.is_zipfile(path) or path.suffix.lower() == ".zip":
        files = read_zip(path, decisions)
    else:
        return _pulled(path, decisions)
    tree = Tree(path.resolve().stem, others=files.others, decisions=decisions)
    documents, sources = _parsed(files, decisions)
    root = _root(files, documents)
    for path_below in (one for one in {**documents, **sources} if not one.startswith(root)):
        tree.others.append(path_below)
    tree.documents = {one[len(root) :]: content for one, content in documents.items() if one.startswith(root)}
    tree.sources = {one[len(root) :]: content for one, content in sources.items() if one.startswith(root)}
    return tree


def _pulled(path: Path, decisions: Decisions) -> Tree:
    try:
        with open(path, "rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        message = f"{path.name!r} cannot be read: {error.strerror}; {_EXPECTED}."
        raise ConfigurationError(message) from None
    document = parse(content, path.name, decisions) if len(content) <= LARGEST else None
    if not isinstance(document, dict):
        message = f"{path.name!r} is no export; {_EXPECTED}."
        raise ConfigurationError(message)
    tree = Tree(path.resolve().stem, decisions=decisions, pulled=path.name != "app_config.json")
    if path.name == "app_config.json":
        tree.documents[path.name] = document
    else:
        tree.documents, tree.sources = from_pull(document)
    return tree


def _parsed(files: Files, decisions: Decisions) -> tuple[dict[str, Any], dict[str, str]]:
    documents: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for path, content in sorted(files.contents.items()):
        if path.lower().endswith(".js"):
            if (source := decoded(content, path, decisions)) is not None:
                sources[path] = source
        elif (document := parse(content, path, decisions)) is not None:
            name = path[: -len(".json")] + ".json"
            if documents.setdefault(name, document) is not document:
                decisions.say(
                    Kind.LOOK, path, "It is in the export twice, spelled otherwise; the first counts."
                )
    return documents, sources


def decoded(content: bytes, place: str, decisions: Decisions) -> str | None:
    """Return the text of a file with the ends of lines that Python has; None if it is none, which is noted."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        decisions.say(Kind.DAMAGED, place, "It is no text in UTF-8, so it was not read; save it as UTF-8.")
        return None


def parse(content: bytes, place: str, decisions: Decisions) -> Any:
    """Return what stands in a JSON file; None if it is none, which is noted."""
    text = decoded(content, place, decisions)
    if text is None:
        return None
    try:
        document = json.loads(text)
        if _is_deeper(document, _DEEPEST):
            raise RecursionError
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        deep = " It is nested too deeply." if isinstance(error, RecursionError) else ""
        found = "It is empty" if not text.strip() else f"It is no JSON{where}"
        decisions.say(
            Kind.DAMAGED, place, f"{found}, so nothing of it was taken.{deep} Mend it, and import again."
        )
        return None
    return _without_surrogates(document)


def _is_deeper(document: Any, levels: int) -> bool:
    level = [document]
    for _ in range(levels):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True


def _without_surrogates(part: Any) -> Any:
    """Replace halves of characters, which JSON can spell and no file can hold."""
    if isinstance(part, str):
        return part.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(part, dict):
        return {_without_surrogates(key): _without_surrogates(value) for key, value in part.items()}
    return [_without_surrogates(one) for one in part] if isinstance(part, list) else part


def _root(files: Files, documents: dict[str, Any]) -> str:
    """Return the folder in which the app lies, with a slash behind it; empty for the export itself."""
    candidates = set()
    for path in files.contents:
        folder, _, name = path.rpartition("/")
        found = name in _ROOT_FILES or (name == "config.json" and _is_of_an_app(documents.get(path)))
        parts = path.split("/")
        if found:
            candidates.add(folder)
        candidates |= {"/".join(parts[:at]) for at, part in enumerate(parts[:-1]) if part in _PARTS}
    if not candidates:
        message = (
            f"It holds no app: neither {', '.join(_ROOT_FILES)} nor a folder such as 'services'; {_EXPECTED}."
        )
        raise ConfigurationError(message)
    highest = min(_depth(one) for one in candidates)
    roots = sorted(one for one in candidates if _depth(one) == highest)
    if len(roots) > 1:
        names = ", ".join(repr(one) for one in roots[:8])
        message = f"It holds several apps: {names}. Import one at a time, by the name of its folder."
        raise ConfigurationError(message)
    return f"{roots[0]}/" if roots[0] else ""


def _depth(folder: str) -> int:
    return folder.count("/") + 1 if folder else 0


def _is_of_an_app(document: Any) -> bool:
    return isinstance(document, dict) and ("config_version" in document or "app_id" in document)
