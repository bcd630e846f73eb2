"""Whether texts get here: the receiver, the public address, what Twilio calls, who answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from twilio_nb.address_checks import lacking, mend
from twilio_nb.domain.address_secret import explained
from twilio_nb.domain.paths import INBOX
from twilio_nb.domain.reach import hindrance
from twilio_nb.notebook.display import Finding, Remedy
from twilio_nb.receiving.host import Host
from twilio_nb.sending.pointing import Route, routes

if TYPE_CHECKING:
    from twilio_nb.receiving.handlers import Handler
    from twilio_nb.service import Service


def receiver(service: Service) -> Finding:
    """Look at the receiver; it can be started."""
    host = Host.running()
    if host is None or host.addresses is None or not host.serves(service.name, service.database.name):
        change = (
            "The receiver starts, if it does not run yet, and stores what Twilio sends to the addresses of "
            f"{service.name}."
        )
        return Finding(
            "warning",
            "Nothing is received yet; that begins with a webhook (%%twilio_webhook), or when you start it.",
            Remedy("Start receiving", change, service.receive),
        )
    if not host.is_connected:
        return Finding("problem", "The receiver does not answer; the connection is being tried again.")
    if host.notices:
        return Finding("warning", " ".join(host.notices))
    return Finding("ok", "The receiver runs and this kernel is connected to it.")


def address(service: Service, page: str | None, webhook: str | None) -> Finding:
    """Look at the public address; that of the page can be taken."""
    webhook = webhook or answered(service)
    known, definition = service.known_address(webhook), service.definition
    remedy = None
    if page and not definition.sandbox and hindrance(page, definition.api_url) is None:
        change = f"The public address of {service.name} will be that of this page, {page}"
        definition = replace(definition, public_url=page)
        remedy = Remedy("Use this page's address", change, lambda: service.redefine(definition))
    if known is None:
        message = (
            "The address that Twilio can reach is not known. Tell it once: in the form of %twilio_config, or with "
            f"twilio_nb.connect({service.name!r}, public_url='https://…/')."
        )
        return Finding("warning", message, remedy)
    if not definition.sandbox and (reason := hindrance(known, definition.api_url)):
        message = f"The public address will not do: {reason}. A hub or a tunnel with https gives another."
        return Finding("problem", message, remedy)
    secret = service._secret_of(webhook)
    more = f" {explained(secret)}" if secret else ""
    return Finding("ok", f"The address of {webhook!r}, to be configured at Twilio, is {known}{more}")


def pointing(service: Service, webhook: str | None) -> list[Finding]:
    """Look at what Twilio calls when a text comes, in the order Twilio does; it can be changed."""
    webhook = webhook or answered(service)
    wanted = service.known_address(webhook)
    sender = service.definition.sender
    if wanted is None:
        return []
    found = routes(service.gateway, sender)
    if not found and sender and not sender.startswith(("+", "MG")):
        message = (
            f"Where texts to {sender} go, Twilio's API does not tell: compare the address with the one at "
            "https://console.twilio.com."
        )
        return [Finding("warning", message)]
    return [_route(service, route, webhook, wanted) for route in found]


def handlers(service: Service) -> Finding:
    """Look at the handlers of this kernel."""
    here = _here(service)
    overtaken = [one for one in here if one.overtaken_by]
    if overtaken:
        names = ", ".join(f"{one.name} ({one.overtaken_by})" for one in overtaken)
        return Finding(
            "warning", f"Texts are answered elsewhere for: {names}. Run the cell here to take over."
        )
    if here:
        return Finding("ok", f"Handlers in this kernel: {', '.join(one.name for one in here)}.")
    return Finding("warning", "No handler lives in this kernel; texts are stored and wait for one.")


def answered(service: Service) -> str:
    """Return the webhook that this kernel answers, the one defined last; ``inbox`` if it answers none."""
    here = _here(service)
    return here[-1].name if here else INBOX


def _here(service: Service) -> list[Handler]:
    host = Host.running()
    return [one for one in host.handlers() if one.service == service.name] if host else []


def _route(service: Service, route: Route, webhook: str, wanted: str) -> Finding:
    numbers = " and ".join(route.numbers) if len(route.numbers) < 4 else f"{len(route.numbers)} numbers"
    start = wanted.partition("/incoming_webhook/")[0] + "/incoming_webhook/"
    if route.url and route.url.startswith(start):
        name, _, query = route.url.removeprefix(start).partition("#")[0].partition("?")
        here = f"Texts to {numbers} come here, to {name!r}, as is set for {route.place}"
        if (wrong := lacking(service, name, query)) is None:
            return Finding("ok", f"{here}.")
        state, why = wrong
        change = f"For {route.place}, Twilio will be told to call {name!r} with the secret as it is kept now."
        remedy = Remedy("Enter the secret", change, lambda: mend(service, route, name))
        return Finding(state, f"{here}, {why}.", remedy)
    target = wanted.partition("#")[0]
    instead = f" instead of {_shown(route.url)}" if route.url else ""
    change = f"For {route.place}, Twilio will be told to call {target}{instead}."
    if route.is_missing:
        change = f"The deleted application will be taken off {numbers}, and Twilio told to call {target}"
    elif route.through != "number":
        change += " That holds for all of its numbers."
    remedy = Remedy("Point it here", change, lambda: mend(service, route, webhook))
    if route.url is None:
        message = (
            f"Twilio drops texts to {numbers} and does not even log them: {route.place} has no address, and does not "
            "leave it to its numbers."
        )
        return Finding("problem", message, remedy)
    if route.is_missing:
        message = (
            f"Texts to {numbers} reach nobody: the TwiML application that has the number was deleted, and "
            "hides the number's own address."
        )
        return Finding("problem", message, remedy)
    if not route.url:
        message = f"Texts to {numbers} reach nobody: no address is set for {route.place}, where Twilio looks."
        return Finding("warning", message, remedy)
    message = f"Texts to {numbers} go elsewhere, to {_shown(route.url)}, as is set for {route.place}."
    return Finding("warning", message, remedy)


def _shown(url: str) -> str:
    """Return an address as it may be shown: user and query can hold a password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
