"""What the expansions of conditions mean at this moment, and which functions they may call."""

from twilio_nb.domain.operands import Scope
from twilio_nb.receiving.functions import functions_for_conditions
from twilio_nb.receiving.request import Request
from twilio_nb.receiving.scope import scope
from twilio_nb.storage.values import (
    LookedUp,
    environment_tag,
    environment_values,
    revealed,
    value_names,
)

_REQUEST = {
    "remote_ip_address": "remoteIPAddress",
    "request_headers": "requestHeaders",
    "webhook_url": "webhookUrl",
    "http_method": "httpMethod",
    "raw_query_string": "rawQueryString",
    "http_referrer": "httpReferrer",
    "http_user_agent": "httpUserAgent",
    "service": "service",
    "action": "action",
}


def expansions() -> Scope:
    """Return what a condition may ask of besides a send's arguments, and what it may call.

    Returns
    -------
    Scope
        With the request that a handler is answering, if one is; a text that runs from the store has lost it, and
        left the names of service and webhook. There is no user where a handler runs as the system.
    """
    current = scope.get(None)
    request = None if current is None else current.request
    return Scope(
        request=None if request is None else _facts(request),
        environment=LookedUp(_environment, lambda: ("tag", "values")),
        values=LookedUp(revealed, value_names),
        user=None
        if current is None or current.login is None
        else {"id": current.login.user, "type": "normal"},
        functions=functions_for_conditions(),
    )


def _facts(request: Request) -> dict[str, object]:
    """Return a request under the retired service's names, without what it lacks."""
    facts = {theirs: getattr(request, ours) for ours, theirs in _REQUEST.items()}
    return {name: value for name, value in facts.items() if value not in (None, "")}


def _environment(name: str) -> object:
    return {"tag": environment_tag, "values": environment_values}[name]()
