"""Python functions that stand where JavaScript stood: the same names and arguments, their bodies to be written."""

import json
import re

from twilio_nb.domain.extended import extended
from twilio_nb.domain.paths import DATA_SOURCE
from twilio_nb.moving.app import Function, TwilioService, Webhook
from twilio_nb.moving.javascript import Scan
from twilio_nb.moving.names import python_name

_MOST_PARAMETERS = 3  # of a handler
_PYTHON = {"count": "count_documents", "setBody": "set_body", "setStatusCode": "set_status_code"}


def handler(webhook: Webhook, service: TwilioService, own: Scan) -> str:
    """Return the cell of a webhook.

    Parameters
    ----------
    webhook : Webhook
        The webhook.
    service : TwilioService
        Its service.
    own : Scan
        What it touches by itself.

    Returns
    -------
    str
        A cell that runs. A text that comes before the function is written is kept, and nobody is texted.
    """
    name = webhook.configuration.name
    given = [one.lstrip("*") for one in own.parameters or () if one.strip("*")][:_MOST_PARAMETERS]
    parameters = _distinct([python_name(one) for one in given] or ["payload", "response"])
    flag = " --respond-result" if webhook.configuration.respond_result else ""
    if (secret := webhook.configuration.secret(service.name)) is not None:
        flag += f" --secret {secret}"
    said = f"Write it in Python, then: %twilio_replay {name} --failed --service {service.name}"
    return "\n".join(
        [
            f"%%twilio_webhook {name} --service {service.name}{flag}{_condition(webhook)}",
            f"def {python_name(name)}({', '.join(parameters)}):",
            *_touches(own),
            f"    raise NotImplementedError({_quoted(said)})",
        ]
    )


def function(one: Function, own: Scan) -> str:
    """Return the cell of a function that webhooks and rules call by name."""
    given = list(own.parameters or ())
    parameters = _distinct(
        [
            ("*" if parameter.startswith("*") else "")
            + python_name(parameter.lstrip("*") or f"argument_{number}")
            for number, parameter in enumerate(given, 1)
        ]
    )
    if own.parameters is None:
        parameters = ["*arguments"]
    return "\n".join(
        [
            f"@twilio_nb.function({_quoted(one.called)})",
            f"def {python_name(one.name)}({', '.join(parameters)}):",
            *_touches(own),
            f"    raise NotImplementedError({_quoted('Write it in Python.')})",
        ]
    )


def _condition(webhook: Webhook) -> str:
    when = webhook.configuration.can_evaluate
    if when in (None, True, {}):
        return ""
    # In single quotes, which therefore may not stand in it.
    return " --can-evaluate '" + json.dumps(extended(when)).replace("'", "\\u0027") + "'"


def _touches(own: Scan) -> list[str]:
    lines = []
    for namespace, methods in own.collections.items():
        database, _, collection = namespace.partition(".")
        what = (
            f'context.services.get("{DATA_SOURCE}").db({_quoted(database)}).collection({_quoted(collection)})'
        )
        lines.append(f"{what}: {', '.join(map(_snake, methods))}")
    lines += [f"context.values.get({_quoted(name)})" for name in own.values]
    lines += [f"context.environment.values[{_quoted(name)}]" for name in own.environment]
    lines += [f"context.functions.execute({_quoted(name)}, …)" for name in own.functions]
    others = [name for name in own.services if name not in own.sources]
    if own.sends:
        lines += [
            f'context.services.get({_quoted(name)}).send({{"to": …, "from": …, "body": …}})'
            for name in others
        ]
    lines += [f"response.{_snake(method)}(…)" for method in own.response]
    lines += [f"the module {_quoted(name)} of JavaScript" for name in own.modules]
    lines += [f"context.http.{method}, for which Python has requests" for method in own.http]
    if not lines:
        return ["    # The JavaScript is above."]
    return [
        "    # The JavaScript is above. What it touches, in Python:",
        *(
            f"    #   {' '.join(line.split())}" for line in lines
        ),  # never a line of its own, whatever it holds
    ]


def _snake(method: str) -> str:
    return _PYTHON.get(method, re.sub(r"(?<!^)([A-Z])", r"_\1", method).lower())


def _quoted(text: str) -> str:
    """Return a text as Python and JSON write it, in one line whatever stands in it."""
    return json.dumps(text)


def _distinct(names: list[str]) -> list[str]:
    used: list[str] = []
    for name in names:
        while name in used:
            name += "_"
        used.append(name)
    return used
