"""The report of a move, for people as Markdown and for programs as JSON."""

import json
from collections.abc import Sequence
from typing import Any

from twilio_nb.domain.configuration.webhooks import WebhookConfiguration
from twilio_nb.domain.expressions import written
from twilio_nb.domain.markup import markdown
from twilio_nb.moving.access import least
from twilio_nb.moving.decisions import Decision, Kind, many
from twilio_nb.moving.plan import Plan, secret_of

_TITLES = {
    Kind.NEEDED: ("To do", "What only you can supply."),
    Kind.LOOK: ("To look at", "What may not do what you expect."),
    Kind.DAMAGED: ("Could not be read", "Nothing of these was taken; the rest was."),
    Kind.LEFT_OUT: ("Not converted", "With the reason of each."),
    Kind.CHANGED: ("Changed", "What is there in another form."),
    Kind.TAKEN: ("Taken as it was", ""),
}


def as_json(plan: Plan) -> str:
    """Return the report for programs.

    Parameters
    ----------
    plan : Plan
        What is made of the app.

    Returns
    -------
    str
        JSON; numbers in conditions end in their last four digits, and no secret is in it.
    """
    document = {
        "app": plan.app.name,
        "export": plan.export,
        "layout": plan.app.layout,
        "environment": plan.app.environment,
        "services": [
            {
                "name": service.name,
                "was": service.was,
                "account_sid": service.configuration.account_sid,
                "secret": secret_of(service),
                "webhooks": [one.configuration.name for one in service.webhooks],
                "rules": [_rule(rule) for rule in service.rules],
            }
            for service in plan.app.services
        ],
        "webhooks": _webhooks(plan),
        "functions": list(plan.reach.functions),
        "values": [
            {"name": one.name, "environment": one.environment, "from_secret": one.from_secret}
            for one in plan.app.values
        ],
        "secrets": plan.secrets(),
        "validators": list(plan.access.schemas),
        "users": plan.access.users,
        "decisions": [
            {"kind": line.kind.value, "place": line.place, "sentence": line.sentence}
            for line in plan.decisions
        ],
    }
    return json.dumps(_hidden(document, plan), indent=2) + "\n"  # in ASCII, so that a terminal may show it


def as_markdown(plan: Plan) -> str:
    """Return the report for people.

    Parameters
    ----------
    plan : Plan
        What is made of the app.

    Returns
    -------
    str
        Markdown in which nothing of the export is more than text.
    """
    parts = [f"# {markdown(plan.app.name)}: what became of it", _summary(plan)]
    lines = {kind: plan.decisions.of([kind]) for kind in _TITLES}
    for kind in (Kind.NEEDED, Kind.LOOK, Kind.DAMAGED):
        parts += _section(kind, lines[kind])
    if webhooks := _webhooks(plan):
        parts.append(
            "## Addresses\n\nEnter the new ones at Twilio. They begin with the address of your "
            "Jupyter Server as the world "
            "sees it; the notebook prints that too. The value of a secret comes in the place of its name, "
            "`?secret=<NAME>`.\n\n" + _addresses(webhooks)
        )
        parts.append("## What the webhooks do\n\n" + _touched(webhooks))
    rules = [(service.name, _rule(rule)) for service in plan.app.services for rule in service.rules]
    if rules:
        parts.append("## Rules\n\n" + _rules(rules))
    for kind in (Kind.LEFT_OUT, Kind.CHANGED, Kind.TAKEN):
        parts += _section(kind, lines[kind])
    return plan.tokens.hidden("\n\n".join(parts)) + "\n"


def _hidden(part: Any, plan: Plan) -> Any:
    if isinstance(part, dict):
        return {key: _hidden(one, plan) for key, one in part.items()}
    if isinstance(part, list | tuple):
        return [_hidden(one, plan) for one in part]
    return plan.tokens.hidden(part) if isinstance(part, str) else part


def _summary(plan: Plan) -> str:
    app, of = plan.app, plan.decisions.of
    tag = f", with the values of the environment {app.environment!r}" if app.environment else ""
    counts = (
        f"{many(len(app.services), 'Twilio service')}, "
        f"{many(sum(len(one.webhooks) for one in app.services), 'webhook')}, "
        f"{many(sum(len(one.rules) for one in app.services), 'rule')}, {many(len(app.values), 'value')}, "
        f"{many(len(plan.reach.functions), 'function')} that they call"
    )
    return (
        f"The export '{markdown(plan.export)}' has {markdown(app.layout)}{markdown(tag)}: {counts}. "
        f"{many(len(of([Kind.NEEDED])), 'thing')} to do, {len(of([Kind.LOOK]))} to look at, "
        f"{len(of([Kind.DAMAGED]))} that could "
        f"not be read, {len(of([Kind.LEFT_OUT]))} not converted.\n\nThe service ended on 2025-09-30, "
        f"HTTPS endpoints too: "
        "until Twilio has the new addresses, nobody answers. What Twilio could not deliver stands in its debugger as "
        "11200, 11205 or 11217."
    )


def _section(kind: Kind, lines: list[Decision]) -> list[str]:
    if not lines:
        return []
    title, said = _TITLES[kind]
    listed = "\n".join(f"- {markdown(line.place)}: {markdown(line.sentence)}" for line in lines)
    return [f"## {title}\n\n" + (f"{said}\n\n" if said else "") + listed]


def _webhooks(plan: Plan) -> list[dict[str, Any]]:
    rows = []
    for service, webhook, old, new in plan.addresses():
        found = plan.reach.whole(webhook)
        rows.append(
            {
                "service": service.name,
                "name": webhook.configuration.name,
                "was": webhook.was,
                "old_address": old,
                "new_address": new,
                "respond_result": webhook.configuration.respond_result,
                "can_evaluate": _condition(webhook.configuration.can_evaluate),
                "secret": webhook.configuration.secret(service.name),
                "ran_as": _ran_as(webhook.configuration),
                "parameters": list(found.parameters or ()),
                "functions": plan.reach.through(webhook),
                "collections": found.collections,
                "values": found.values,
                "services": [name for name in found.services if name not in found.sources],
                "sends": found.sends,
                "response": found.response,
                "http": found.http,
                "modules": found.modules,
                "globals": found.globals,
                "may": least(found),
            }
        )
    return rows


def _rule(rule: Any) -> dict[str, Any]:
    read = rule.configuration
    return {
        "name": read.name,
        "actions": list(read.actions or ()),
        "when": _condition(read.when),
        "refused": rule.refused,
    }


def _condition(condition: Any) -> str:
    return "always" if condition in (None, True, {}) else written(condition)


def _ran_as(read: WebhookConfiguration) -> str:
    if read.run_as_user_id_script_source:
        return "whom a script named"
    return "a user of the app" if read.run_as_user_id else "the system"


def _addresses(webhooks: list[dict[str, Any]]) -> str:
    return _table(
        ("old address", "new address"), [(one["old_address"], f"…/{one['new_address']}") for one in webhooks]
    )


def _touched(webhooks: list[dict[str, Any]]) -> str:
    rows = []
    for one in webhooks:
        collections = "; ".join(
            f"{name}: {', '.join(methods)}" for name, methods in one["collections"].items()
        )
        rows.append(
            (
                f"{one['service']}/{one['name']}",
                one["can_evaluate"],
                one["ran_as"],
                collections,
                ", ".join(one["values"]),
                ", ".join(one["functions"]),
                f"{one['sends']}" if one["sends"] else "",
                ", ".join(one["response"]),
            )
        )
    head = ("webhook", "runs when", "ran as", "collections", "values", "functions", "sends", "answers with")
    return _table(head, rows)


def _rules(rules: list[tuple[str, dict[str, Any]]]) -> str:
    rows = []
    for service, rule in rules:
        meaning = "never allowed anything; not added" if rule["refused"] else "allows a text when it holds"
        if not rule["actions"]:
            meaning = "covers nothing"
        elif rule["when"] == "always":
            meaning = "allows everything"
        rows.append((f"{service}/{rule['name']}", ", ".join(rule["actions"]), rule["when"], meaning))
    return _table(("rule", "actions", "when", "meaning"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(map(markdown, row))} |" for row in rows)])
