"""The JSON that the Admin API's pull answers, laid out as the folder of an export."""

from collections.abc import Iterator
from typing import Any

from twilio_nb.moving.names import safe

#: Where each list of the one goes in the other.
_SINGLE = ("values", "environments", "triggers", "log_forwarders")


def from_pull(document: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the files that a pulled app would have been exported as.

    Parameters
    ----------
    document : dict
        What the Admin API answered.

    Returns
    -------
    tuple
        Documents and sources by path, as in a `Tree`.

    Notes
    -----
    https://www.mongodb.com/docs/atlas/app-services/admin/api/v3/

    Examples
    --------
    >>> sorted(from_pull({"values": [{"name": "staff", "value": 1}]})[0])
    ['realm_config.json', 'values/staff.json']
    """
    sources: dict[str, str] = {}
    documents = {"realm_config.json": _without_lists(document)}
    for part in _SINGLE:
        for name, one in _named(document, part):
            documents[f"{part}/{name}.json"] = one
    for name, one in _named(document, "services"):
        documents |= _service(name, one, sources)
    for name, one in _named(document, "functions"):
        inner = one.get("config")
        config = inner if isinstance(inner, dict) else one
        documents[f"functions/{name}/config.json"] = {
            key: value for key, value in config.items() if key != "source"
        }
        source = one.get("source", config.get("source"))
        if isinstance(source, str):
            sources[f"functions/{name}/source.js"] = source
    for name, one in _named(document, "data_sources"):
        documents |= _data_source(name, one)
    for part in ("auth_providers", "hosting", "graphql", "sync", "endpoints", "https_endpoints"):
        if document.get(part):
            documents[f"{part}/config.json"] = {"count": len(document[part])}
    return documents, sources


def _service(name: str, one: dict[str, Any], sources: dict[str, str]) -> dict[str, Any]:
    above = f"services/{name}"
    inner = one.get("config")
    if isinstance(inner, dict) and "type" in inner and "type" not in one:  # the service's file, as a whole
        one = {**one, **inner}
    documents = {f"{above}/config.json": _without_lists(one)}
    for rule, found in _named(one, "rules"):
        documents[f"{above}/rules/{rule}.json"] = found
    for webhook, found in _named(one, "incoming_webhooks"):
        config = found.get("config")
        documents[f"{above}/incoming_webhooks/{webhook}/config.json"] = (
            {**found, **config} if isinstance(config, dict) else found
        )
        for key in ("function_source", "source"):
            if isinstance(found.get(key), str):
                sources[f"{above}/incoming_webhooks/{webhook}/source.js"] = found[key]
    return documents


def _data_source(name: str, one: dict[str, Any]) -> dict[str, Any]:
    above = f"data_sources/{name}"
    inner = one.get("config")
    whole = {**one, **inner} if isinstance(inner, dict) and "type" in inner else one
    documents: dict[str, Any] = {f"{above}/config.json": _without_lists(whole)}
    if isinstance(one.get("default_rule"), dict):
        documents[f"{above}/default_rule.json"] = one["default_rule"]
    rules = one.get("rules")
    for rule in rules if isinstance(rules, list) else []:
        if isinstance(rule, dict):
            below = "/".join(safe(rule.get(key), "unnamed") for key in ("database", "collection"))
            documents[f"{above}/{below}/rules.json"] = {
                key: value for key, value in rule.items() if key not in ("schema", "relationships")
            }
            if isinstance(rule.get("schema"), dict):
                documents[f"{above}/{below}/schema.json"] = rule["schema"]
    return documents


def _named(document: dict[str, Any], part: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the documents of a list, or of an object, under names that can be a folder's; no two are the same."""
    given, used = document.get(part), set()
    pairs = given.items() if isinstance(given, dict) else enumerate(given if isinstance(given, list) else [])
    for key, one in pairs:
        if isinstance(one, dict):
            inner = one.get("config")
            name = one.get("name", inner.get("name") if isinstance(inner, dict) else None)
            unique = wanted = safe(name, str(key))
            number = 1
            while unique in used:
                number += 1
                unique = f"{wanted}-{number}"
            used.add(unique)
            yield unique, one


def _without_lists(one: dict[str, Any]) -> dict[str, Any]:
    lists = ("rules", "incoming_webhooks", "values", "services", "functions", "data_sources", "default_rule")
    return {key: value for key, value in one.items() if key not in (*lists, *_SINGLE)}
