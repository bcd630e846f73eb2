"""What MongoDB itself can enforce of an app's schemas and roles, and which parts it cannot."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twilio_nb.domain.namespaces import check_namespace
from twilio_nb.domain.paths import usable_name
from twilio_nb.domain.schemas import translate
from twilio_nb.errors import ConfigurationError
from twilio_nb.moving.app import App, Collection
from twilio_nb.moving.decisions import Decisions, Kind, as_it_came
from twilio_nb.moving.javascript import Scan
from twilio_nb.moving.names import another, in_a_magic
from twilio_nb.moving.tokens import Tokens

_ALWAYS: tuple[Any, ...] = (True, {})
_INSERT_ONLY = (
    {"%%prevRoot": {"%exists": False}},
    {"%%prevRoot": {"$exists": False}},
    {"%%prevRoot": {"%exists": 0}},
)
_OF_FIELDS = ("fields", "additional_fields", "other_fields")
_OLDER = {"applyWhen": "apply_when", "other_fields": "additional_fields"}
_NEEDED = {
    **dict.fromkeys(("find", "findOne", "count", "distinct", "aggregate"), ("find",)),
    **dict.fromkeys(("insertOne", "insertMany"), ("insert",)),
    **dict.fromkeys(("updateOne", "updateMany"), ("update",)),
    **dict.fromkeys(("deleteOne", "deleteMany"), ("delete",)),
    **dict.fromkeys(("findOneAndUpdate", "findOneAndReplace"), ("find", "update")),
    "findOneAndDelete": ("find", "delete"),
}
_WORDS = {"find": "in", "insert": "into", "update": "in", "delete": "from"}


@dataclass(frozen=True)
class Access:
    """What MongoDB can be asked to enforce.

    Attributes
    ----------
    schemas : dict
        Namespace to the schema of App Services, as far as it can be translated.
    users : dict
        Name of a role to what a user of that name may, as sentences.
    """

    schemas: dict[str, Mapping[str, Any]]
    users: dict[str, list[str]]


def access(app: App, decisions: Decisions, tokens: Tokens) -> Access:
    """Find out what can be translated.

    Parameters
    ----------
    app : App
        The app.
    decisions : Decisions
        Where it is noted what can and what cannot.
    tokens : Tokens
        What must not be copied.

    Returns
    -------
    Access
    """
    schemas: dict[str, Mapping[str, Any]] = {}
    users: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for one in app.collections:
        try:
            check_namespace(one.namespace)
        except ConfigurationError as error:
            decisions.say(
                Kind.LEFT_OUT, one.place, f"The collection {one.namespace!r} was not taken. {error}"
            )
            continue
        if tokens.holds(one.schema):
            said = f"The schema of {one.namespace!r} holds what looks like a secret, so it was not copied."
            decisions.say(Kind.LEFT_OUT, one.place, said)
        elif one.schema is not None:
            _take_schema(app, one, schemas, decisions)
        for name, may in _roles(one, decisions, names):
            users.setdefault(name, [])
            users[name] += [sentence for sentence in may if sentence not in users[name]]
    return Access(schemas, users)


def least(found: Scan) -> list[str]:
    """Return what a user of MongoDB may do who can do just what a function does; nothing where that is not known.

    Parameters
    ----------
    found : Scan
        What the function touches, through others too.

    Returns
    -------
    list of str
        Sentences such as ``"insert into demo.texts"``.
    """
    may: list[str] = []
    for namespace, methods in found.collections.items():
        try:
            check_namespace(namespace)
            words = [word for method in methods for word in _NEEDED[method]]
        except (ConfigurationError, KeyError):  # MongoDB's own, or a bulk of anything
            return []
        may += [f"{word} {_WORDS[word]} {namespace}" for word in words]
    is_known = not any("?" in namespace for namespace in found.collections)
    return list(dict.fromkeys(may)) if is_known else []


def _take_schema(
    app: App, one: Collection, schemas: dict[str, Mapping[str, Any]], decisions: Decisions
) -> None:
    schema = {key: value for key, value in (one.schema or {}).items() if key != "validate"}
    try:
        translated = translate(schema, nullable=app.nullable)
    except ConfigurationError as error:
        decisions.say(Kind.DAMAGED, one.place, f"The schema of {one.namespace!r} was not taken. {error}")
        return
    if "validate" in (one.schema or {}):
        said = "Its `validate` is not converted: MongoDB's validators know no expressions of App Services."
        decisions.say(Kind.LEFT_OUT, one.place, said)
    for note in translated.notes:
        decisions.say(Kind.LEFT_OUT, one.place, f"Of its schema, {note}")
    if translated.schema:
        schemas[one.namespace] = schema
        said = (
            f"The schema of {one.namespace!r} becomes a validator. It was not enforced for webhooks, which ran as the "
            "system, and will be; it begins by warning."
        )
        decisions.say(Kind.CHANGED, one.place, said)


def _named(wanted: object, number: int, names: dict[str, str]) -> str:
    """Return the user that a role becomes: one for roles of one name, and another for each other name."""
    role = wanted if isinstance(wanted, str) and wanted.strip() else f"role-{number}"
    if role not in names:
        names[role] = another(in_a_magic(usable_name(role, "user"), "user"), set(names.values()))
    return names[role]


def _roles(one: Collection, decisions: Decisions, names: dict[str, str]) -> list[tuple[str, list[str]]]:
    rules = dict(one.rules or {})
    if rules.get("filters"):
        said = f"The filters of {one.namespace!r} are not converted: in MongoDB a view shows a part of a collection."
        decisions.say(Kind.LEFT_OUT, one.place, said)
    given = rules.get("roles")
    if given is None and any(
        key in rules for key in ("read", "write", *_OF_FIELDS)
    ):  # before roles had names
        given = [{key: value for key, value in rules.items() if key != "filters"} | {"name": "everybody"}]
    found = []
    for number, role in enumerate(given if isinstance(given, list) else [], 1):
        if not isinstance(role, Mapping):
            decisions.say(
                Kind.DAMAGED,
                one.place,
                f"The role {number} does not stand in braces; nothing of it was taken.",
            )
            continue
        role = {_OLDER.get(key, key): value for key, value in role.items()}
        try:
            name = _named(role.get("name"), number, names)
        except ConfigurationError as error:
            decisions.say(Kind.LEFT_OUT, one.place, as_it_came(error))
            continue
        reason = _reason(role)
        may = _may(role)
        if reason is None and may:
            found.append((name, [f"{word} {_WORDS[word]} {one.namespace}" for word in may]))
            said = (
                f"The role {name!r} of {one.namespace!r} becomes a user who may {', '.join(may)}; a "
                f"webhook runs as it when told so."
            )
            decisions.say(Kind.CHANGED, one.place, said)
            if role.get("write") is True and ("insert" not in role or "delete" not in role):
                said = (
                    f"The role {name!r} does not say whether it may insert and delete, of which the "
                    f"manual says yes and no; "
                    "here it may."
                )
                decisions.say(Kind.LOOK, one.place, said)
        else:
            said = (
                f"The role {name!r} of {one.namespace!r} is not converted: {reason or 'it allows nothing'}."
            )
            decisions.say(Kind.LEFT_OUT, one.place, said)
    return found


def _reason(role: Mapping[str, Any]) -> str | None:
    """Return why a role cannot be one of MongoDB's; None if it can."""
    if role.get("apply_when", {}) not in _ALWAYS:
        return "whom it is for depends on a condition, and MongoDB's roles know no conditions"
    if any(role.get(key) for key in _OF_FIELDS):
        return "it is about single fields; in MongoDB a view shows some fields only"
    filters = role.get("document_filters")
    if isinstance(filters, Mapping) and any(value not in _ALWAYS for value in filters.values()):
        return "it is about some documents only; in MongoDB a view shows a part of a collection"
    if role.get("write") in _INSERT_ONLY:
        return None
    for key in ("read", "write", "insert", "delete"):
        if not isinstance(role.get(key, True), bool) and role.get(key) != {}:
            return f"{key!r} depends on a condition, and MongoDB's roles know no conditions"
    return None


def _may(role: Mapping[str, Any]) -> list[str]:
    """Return what a role allows without conditions, as the manual's table of permissions has it."""
    if role.get("write") in _INSERT_ONLY:
        return ["insert"] if role.get("insert", True) in _ALWAYS else []
    may = []
    writes = "write" in role and role["write"] in _ALWAYS
    if writes or ("read" in role and role["read"] in _ALWAYS):
        may.append("find")
    if writes:
        may.append("update")
        may += [word for word in ("insert", "delete") if role.get(word, True) in _ALWAYS]
    return may
