"""The notebook that an app becomes: a cell for each part, which a person goes through from the top."""

# mypy: disable-error-code="no-untyped-call"
# nbformat's functions are untyped.

import re
from collections.abc import Iterator
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from twilio_nb.domain.expressions import written
from twilio_nb.domain.markup import fenced, markdown
from twilio_nb.moving import stubs
from twilio_nb.moving.access import least
from twilio_nb.moving.app import Function, TwilioService, Webhook
from twilio_nb.moving.literals import literal
from twilio_nb.moving.plan import Plan, secret_of

_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_FIRST_RULE = "allow-send"
_BEGINNING = """\
# {app}, moved from App Services

Made from the export `{export}`; what became of each part of it stands in `report.md` beside this notebook.

1. *Run All* tries it with simulated accounts: nothing is sent, and no secret is needed. A phone there,
   `twilio_nb.sandbox("SERVICE").phone()`, texts the webhook that was defined last; run another's cell to text that.
2. Write the functions below in Python; each has its JavaScript above it. Until then texts are kept, and nobody is
   texted back.
3. Keep the secrets, each once, in any cell; it is asked for, and not shown:

| in a cell | holds |
|---|---|{secrets}

4. Set `TRIAL = False`, restart the kernel, *Run All*, and enter the new addresses, the last cell's, at Twilio.
   `.doctor()` of each service then looks whether all is well."""


def notebook(plan: Plan) -> str:
    """Return the notebook of an app.

    Parameters
    ----------
    plan : Plan
        What is made of it.

    Returns
    -------
    str
        The content of its file, always the same for the same export; no secret is in it.
    """
    cells = []
    for number, (kind, text) in enumerate(_Cells(plan).all()):
        make = new_markdown_cell if kind == "markdown" else new_code_cell
        cell = make(text)
        cell["id"] = f"cell-{number:03}"
        cells.append(cell)
    made = new_notebook(cells=cells, metadata={"kernelspec": _KERNEL})
    return str(nbformat.writes(made)) + "\n"


class _Cells:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._variables = plan.variables()

    def all(self) -> Iterator[tuple[str, str]]:
        yield from self._beginning()
        for service in self._plan.app.services:
            yield from self._service(service)
        yield from self._values()
        yield from self._collections()
        for function in self._plan.reach.functions.values():
            yield from self._function(function)
        for service in self._plan.app.services:
            for webhook in service.webhooks:
                yield from self._webhook(service, webhook)
        yield from self._addresses()

    def _beginning(self) -> Iterator[tuple[str, str]]:
        plan = self._plan
        secrets = "".join(
            f"\n| `twilio_nb.secrets.set({literal(name)})` | {markdown(' and '.join(users))} |"
            for name, users in plan.secrets().items()
        )
        yield (
            "markdown",
            _BEGINNING.format(app=markdown(plan.app.name), export=_code(plan.export), secrets=secrets),
        )
        code = ["%load_ext twilio_nb", "from bson import json_util", "", "import twilio_nb", ""]
        if tag := plan.app.environment:
            code.insert(1, "import os\n")
            code += [
                "# Whose values context.environment has:",
                f'os.environ.setdefault("TWILIO_NB_ENVIRONMENT", {literal(tag)})',
            ]
        yield (
            "code",
            "\n".join([*code, "TRIAL = True  # simulated accounts; False: yours, once the secrets are kept"]),
        )

    def _service(self, service: TwilioService) -> Iterator[tuple[str, str]]:
        name, variable = service.name, self._variables[service.name]
        rules = [rule.configuration for rule in service.rules if rule.refused is None]
        refused = [rule for rule in service.rules if rule.refused is not None]
        lines = [f"- `{rule.name}`: {markdown(_meaning(rule))}" for rule in rules]
        lines += [f"- `{rule.configuration.name}` is not added: {markdown(rule.refused)}" for rule in refused]
        said = "\n".join(lines) or "The export has no rule, so nothing is sent: add one before you send."
        yield (
            "markdown",
            f"## The service `{name}`\n\nIts rules, of which one that holds is enough:\n\n{said}",
        )
        sid = service.configuration.account_sid or "AC…"
        code = [
            "if TRIAL:",
            f"    {variable} = twilio_nb.sandbox({literal(name)}).service",
            "else:",
            f"    {variable} = twilio_nb.connect({literal(name)}, account_sid={literal(sid)}, "
            f"secret={literal(secret_of(service))})",
            "",
        ]
        for rule in rules:
            when = "" if rule.when in (None, True, {}) else f", when={literal(rule.when)}"
            code.append(
                f"{variable}.rules.add({literal(rule.name)}, {literal(list(rule.actions or ()))}{when})"
            )
        if _FIRST_RULE not in {rule.name for rule in rules}:
            code += [
                f"if {literal(_FIRST_RULE)} in [rule.name for rule in {variable}.rules]:  # which "
                f"allows everything, as a new service does",
                f"    {variable}.rules.remove({literal(_FIRST_RULE)})",
            ]
        yield "code", "\n".join([*code, f"{variable}.rules"])

    def _values(self) -> Iterator[tuple[str, str]]:
        values = self._plan.app.values
        if not values:
            return
        yield (
            "markdown",
            '## Values\n\nHandlers ask for them as `context.values.get("name")`, rules as `"%%values.name"`.',
        )
        plain = self._plan.plain_values()
        code = []
        for value in plain:
            tag = "" if value.environment is None else f", environment={literal(value.environment)}"
            code.append(f"twilio_nb.values.set({literal(value.name)}, {literal(value.value)}{tag})")
        secret = [value for value in values if value.from_secret]
        if secret:
            code.append("if not TRIAL:  # their secrets must be kept first")
            code += [
                f"    twilio_nb.values.set({literal(one.name)}, from_secret={literal(one.value)})"
                for one in secret
            ]
        yield "code", "\n".join([*code, "twilio_nb.values"])

    def _collections(self) -> Iterator[tuple[str, str]]:
        found, services = self._plan.access, self._plan.app.services
        if not services or not (found.schemas or found.users):
            return
        variable = self._variables[services[0].name]
        yield (
            "markdown",
            "## What MongoDB enforces\n\nSchemas and roles of the app, as far as MongoDB knows such "
            "things; `report.md` says what "
            "it does not. A schema begins by warning. A webhook runs as a user when its first line says "
            f"`--run-as NAME`; nothing runs as one yet. `{variable}.doctor()` tries whether MongoDB refuses the rest.",
        )
        nullable = ", nullable=True" if self._plan.app.nullable else ""
        code = [
            f"{variable}.collections.add({literal(name)}, {literal(schema)}{nullable})"
            for name, schema in found.schemas.items()
        ]
        code += [
            f"{variable}.users.add({literal(name)}, may={literal(may)})" for name, may in found.users.items()
        ]
        code += ["if not TRIAL:", f"    display({variable}.harden())"]
        yield "code", "\n".join(code)

    def _function(self, function: Function) -> Iterator[tuple[str, str]]:
        yield "markdown", self._javascript(f"## The function `{_code(function.name)}`", function)
        yield "code", stubs.function(function, self._plan.reach.own(function))

    def _webhook(self, service: TwilioService, webhook: Webhook) -> Iterator[tuple[str, str]]:
        variable = self._variables[service.name]
        title = f"## The webhook `{webhook.configuration.name}` of `{service.name}`"
        through = [name for name in self._plan.reach.through(webhook) if name]
        calls = f"\n\nIt calls, also through others: {markdown(', '.join(through))}." if through else ""
        condition = webhook.configuration.can_evaluate
        if condition not in (None, True, {}):
            calls += f"\n\nIt runs only for a text that meets its condition: {markdown(written(condition))}."
        if (secret := webhook.configuration.secret(service.name)) is not None:
            calls += f"\n\nIts address holds a secret, kept as `{secret}`; a simulated account makes one up."
        if may := least(self._plan.reach.whole(webhook)):
            add = f"{variable}.users.add({literal(webhook.configuration.name)}, may={literal(may)})"
            told = f"`{add}`, `{variable}.harden()`, and `--run-as {webhook.configuration.name}` in its first line"
            calls += f"\n\nTo have MongoDB refuse it all but what it does: {told}."
        if script := webhook.configuration.run_as_user_id_script_source:
            shown = fenced(self._plan.tokens.hidden(script).strip("\n"), "javascript")
            calls += f"\n\nWhat chose the user it ran as; here `run_as=` takes a function of the payload:\n\n{shown}"
        yield "markdown", self._javascript(title + calls, webhook)
        yield "code", stubs.handler(webhook, service, self._plan.reach.own(webhook))
        if webhook.configuration.disabled:
            yield (
                "code",
                f"{variable}.pause({literal(webhook.configuration.name)})  # as it was there",
            )

    def _javascript(self, title: str, one: Function | Webhook) -> str:
        if one.source is None:
            return f"{title}\n\nThe export has no JavaScript for it."
        return f"{title}\n\n{fenced(one.source.strip(chr(10)), 'javascript')}"

    def _addresses(self) -> Iterator[tuple[str, str]]:
        addresses = self._plan.addresses()
        if not addresses:
            return
        yield (
            "markdown",
            "## New addresses\n\nEnter each new address at Twilio in the place of the old one. In a "
            "trial they are those of the "
            "simulated account; of yours they are known once `connect` was told the `public_url`. Where one has "
            "`?secret=<NAME>`, the value of that secret comes there; `%twilio_config` can enter it.",
        )
        rows = "\n".join(
            f"    ({literal(old)}, "
            f"{self._variables[service.name]}.known_address({literal(webhook.configuration.name)})),"
            for service, webhook, old, _ in addresses
        )
        yield (
            "code",
            f"addresses = [  # old, new\n{rows}\n]\nfor old, new in addresses:\n"
            "    print(f\"{old}\\n    -> {new or 'not known yet'}\\n\")",
        )


def _meaning(rule: Any) -> str:
    if not rule.actions:
        return "covers nothing, as it names no action"
    if rule.when in (None, True, {}):
        return "allows everything"
    return f"allows a text when {written(rule.when)}"


def _code(text: str) -> str:
    """Return a text as the inside of a code span of Markdown."""
    return re.sub(r"[`\x00-\x1f\x7f]+", "'", text)
