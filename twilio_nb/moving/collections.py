"""What an export says of collections: schemas, roles and filters, in both dialects and both layouts."""

from typing import Any

from twilio_nb.moving.app import Collection
from twilio_nb.moving.decisions import Kind
from twilio_nb.moving.tree import Tree

_ABOVE = "data_sources"


def data_sources(tree: Tree, services: list[str]) -> tuple[list[str], list[Collection]]:
    """Read the data sources of an export.

    Parameters
    ----------
    tree : Tree
        The export.
    services : list of str
        Folders of those that lie among the services, as they did until 2021.

    Returns
    -------
    tuple
        What the data sources are called, and their collections.
    """
    names, found = [], []
    for folder in tree.folders(_ABOVE):
        place = f"{_ABOVE}/{folder}"
        names.append(_name(tree, place, folder))
        if f"{place}/default_rule.json" in tree.documents:
            said = (
                "Its rule for all other collections is not converted: MongoDB's roles name what they allow."
            )
            tree.decisions.say(Kind.LEFT_OUT, f"{place}/default_rule.json", said)
        for database in tree.folders(_ABOVE, folder):
            for collection in tree.folders(_ABOVE, folder, database):
                found += _collection(tree, f"{place}/{database}/{collection}", database, collection)
    for place in services:
        names.append(_name(tree, place, place.rpartition("/")[2]))
        for name, document in tree.files(*place.split("/"), "rules").items():
            found += _legacy(tree, f"{place}/rules/{name}.json", name, document)
    return names, found


def _name(tree: Tree, place: str, folder: str) -> str:
    document = tree.documents.get(f"{place}/config.json")
    name = document.get("name") if isinstance(document, dict) else None
    config = document.get("config") if isinstance(document, dict) else None
    preference = config.get("readPreference", "primary") if isinstance(config, dict) else "primary"
    if preference != "primary":
        said = "It read from other members than the primary; here readPreference= in TWILIO_NB_MONGODB_URI says so."
        tree.decisions.say(Kind.LOOK, place, said)
    return name if isinstance(name, str) and name else folder


def _collection(tree: Tree, place: str, database: str, name: str) -> list[Collection]:
    schema, rules = (tree.documents.get(f"{place}/{file}.json") for file in ("schema", "rules"))
    if tree.documents.get(f"{place}/relationships.json"):
        said = "Relationships are not converted: MongoDB has none; $lookup joins collections."
        tree.decisions.say(Kind.LEFT_OUT, f"{place}/relationships.json", said)
    for file, found in (("schema", schema), ("rules", rules)):
        if found is not None and not isinstance(found, dict):
            tree.decisions.say(
                Kind.DAMAGED, f"{place}/{file}.json", "It does not stand in braces; nothing was taken."
            )
    if isinstance(rules, dict):
        database, name = _named(rules, database, name)
    if not isinstance(schema, dict) and not isinstance(rules, dict):
        return []
    return [
        Collection(
            database,
            name,
            place,
            schema if isinstance(schema, dict) and schema else None,
            rules if isinstance(rules, dict) else None,
        )
    ]


def _legacy(tree: Tree, path: str, name: str, document: Any) -> list[Collection]:
    if not isinstance(document, dict):
        tree.decisions.say(Kind.DAMAGED, path, "It does not stand in braces; nothing was taken.")
        return []
    namespace = document.get("namespace")
    database, _, collection = (namespace if isinstance(namespace, str) else name).partition(".")
    database, collection = _named(document, database, collection)
    if not database or not collection:
        tree.decisions.say(Kind.DAMAGED, path, "It names no collection, as 'database.collection' would.")
        return []
    schema = document.get("schema")
    rules = {key: one for key, one in document.items() if key != "schema"}
    return [
        Collection(database, collection, path, schema if isinstance(schema, dict) and schema else None, rules)
    ]


def _named(document: dict[str, Any], database: str, collection: str) -> tuple[str, str]:
    given = document.get("database"), document.get("collection")
    return (
        given[0] if isinstance(given[0], str) and given[0] else database,
        given[1] if isinstance(given[1], str) and given[1] else collection,
    )
