"""What a service needs, tried one by one: a finding for each, with what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from twilio_nb.address_checks import secrets
from twilio_nb.domain.addresses import masked
from twilio_nb.errors import GatewayError, StorageError, TwilioNBError
from twilio_nb.inbound_checks import address, handlers, pointing, receiver
from twilio_nb.notebook.display import Finding, Remedy
from twilio_nb.storage.registry import Registry

if TYPE_CHECKING:
    from twilio_nb.service import Service

_FORBIDDEN = (401, 403)
_CONSOLE = "https://console.twilio.com"


def findings(service: Service, page: str | None = None, webhook: str | None = None) -> list[Finding]:
    """Try what a service needs, without starting anything that does not run yet.

    Parameters
    ----------
    service : Service
        The service to look at.
    page : str or None
        The address at which a person reaches this Jupyter Server, to be offered as the public one.
    webhook : str or None
        Where texts are to go; None for what this kernel answers.

    Returns
    -------
    list of Finding
        Store, credentials, sender, receiver, address, secrets of addresses that are missing, what is set at Twilio and
        handlers, in this order; of a service that sends only, that it does instead of what follows the sender.
    """
    looks: list[Callable[[Service], Finding | list[Finding]]] = [_store, _credentials, _sender]
    if service.definition.sends_only:
        looks += [_sends_only]
    else:
        looks += [
            receiver,
            lambda service: address(service, page, webhook),
            secrets,
            lambda service: pointing(service, webhook),
            handlers,
        ]
    found: list[Finding] = []
    for look in looks:
        try:
            seen = look(service)
            found += seen if isinstance(seen, list) else [seen]
        except TwilioNBError as error:
            # One cause, such as a missing secret, can stand in the way of several things.
            if all(finding.sentence != str(error) for finding in found):
                found.append(Finding("problem", str(error)))
            if isinstance(error, StorageError):
                break
    return found


def _store(service: Service) -> Finding:
    Registry(service.database).services()
    return Finding("ok", f"Texts are stored in MongoDB, database {service.database.name}.")


def _credentials(service: Service) -> Finding:
    if service.definition.api_key:
        # A key opens neither the account's own record nor, if it is restricted, much else.
        service.gateway.messages(limit=1)
        return Finding("ok", "Account SID, API key and its secret belong together.")
    account = service.gateway.account()
    if account["status"] != "active":
        return Finding(
            "problem",
            f"The account is {account['status']} at Twilio, so it cannot send; see {_CONSOLE}.",
        )
    kind = "a simulated account" if service.definition.sandbox else "an active account"
    return Finding("ok", f"Account SID and auth token belong together, to {kind}.")


def _sender(service: Service) -> Finding:
    sender = service.definition.sender
    try:
        if sender is not None and sender.startswith("MG"):
            return _pool(service, sender)
        if sender is not None and not sender.startswith("+"):
            return Finding(
                "ok", f"Texts leave from {sender}; whether the account may use it, a first text shows."
            )
        numbers = {str(one["phone_number"]): one for one in service.gateway.numbers()}
    except GatewayError as error:
        if error.status not in _FORBIDDEN or not (sender and service.definition.api_key):
            raise
        return Finding(
            "ok", f"Texts leave from {sender}; this API key may not look at the account's numbers."
        )
    able = [number for number, one in numbers.items() if (one.get("capabilities") or {}).get("sms", True)]
    if sender in able:
        return Finding("ok", f"Texts leave from {sender}, a number of the account.")
    if sender is None and len(able) == 1:
        return Finding("ok", f"Texts leave from the account's only number, {able[0]}.")
    if not able:
        return Finding(
            "problem",
            f"The account has no number that can send texts: get one at {_CONSOLE}, or enter a sender.",
        )
    if sender is None:
        known = ", ".join(map(masked, able))
        message = (
            f"No sender is set, and the account's numbers are: {known}. Choose one in the form of %twilio_config, "
            f"or with twilio_nb.connect({service.name!r}, sender=…)."
        )
        return Finding("warning", message)
    why = "is a number of the account that cannot send texts" if sender in numbers else "is not the account's"
    if len(able) > 1:
        message = f"The sender {sender} {why}, so Twilio will refuse it. Choose another."
        return Finding("problem", message)
    change = f"Texts of {service.name} will leave from {able[0]}, not from {sender}."
    definition = replace(service.definition, sender=able[0])
    remedy = Remedy("Use the only number", change, lambda: service.redefine(definition))
    return Finding(
        "problem",
        f"The sender {sender} {why}, so Twilio will refuse it. The account's only number is {able[0]}.",
        remedy,
    )


def _pool(service: Service, sid: str) -> Finding:
    try:
        pool = service.gateway.messaging_service_numbers(sid)
    except GatewayError as error:
        if error.status != 404:
            raise
        message = f"The sender {sid} is no Messaging Service of the account. Choose another."
        return Finding("problem", message)
    if not pool:
        message = (
            f"The Messaging Service {sid} has no number to send from; give it one at {_CONSOLE}, "
            "under Messaging, Services, Sender Pool."
        )
        return Finding("warning", message)
    count = f"{len(pool)} number{'' if len(pool) == 1 else 's'}"
    return Finding("ok", f"Texts leave from the Messaging Service {sid}, which has {count}.")


def _sends_only(service: Service) -> Finding:
    return Finding("warning", f"Sending only: {service.definition.sends_only}")
