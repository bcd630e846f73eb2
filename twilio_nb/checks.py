"""What a service needs, tried one by one: a finding for each, with what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from twilio_nb.domain.addresses import masked
from twilio_nb.errors import StorageError, TwilioNBError
from twilio_nb.notebook.display import Finding
from twilio_nb.receiving.host import Host
from twilio_nb.storage.registry import Registry

if TYPE_CHECKING:
    from twilio_nb.service import Service


def findings(service: Service) -> list[Finding]:
    """Try what a service needs, without starting anything that does not run yet.

    Parameters
    ----------
    service : Service
        The service to look at.

    Returns
    -------
    list of Finding
        Store, credentials, sender, receiver, address and handlers, in this order; of a service that sends
        only, that it does instead of the last three.
    """
    looks: list[Callable[[Service], Finding]] = [_store, _credentials, _sender]
    looks += [_sends_only] if service.definition.sends_only else [_receiver, _address, _handlers]
    found = []
    for look in looks:
        try:
            found.append(look(service))
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
            f"The account is {account['status']} at Twilio, so it cannot send; see console.twilio.com.",
        )
    kind = "a simulated account" if service.definition.sandbox else "an active account"
    return Finding("ok", f"Account SID and auth token belong together, to {kind}.")


def _sender(service: Service) -> Finding:
    sender = service.definition.sender
    if sender is not None:
        return Finding("ok", f"Texts leave from {sender}.")
    numbers = service.gateway.numbers()
    if len(numbers) == 1:
        return Finding("ok", f"Texts leave from the account's only number, {numbers[0]['phone_number']}.")
    known = ", ".join(masked(number["phone_number"]) for number in numbers) or "none"
    message = (
        f"No sender is set, and the account's numbers are: {known}. "
        f"Choose one: twilio_nb.connect({service.name!r}, sender=…)."
    )
    return Finding("warning", message)


def _sends_only(service: Service) -> Finding:
    return Finding("warning", f"Sending only: {service.definition.sends_only}")


def _receiver(service: Service) -> Finding:
    host = Host.running()
    if host is None or host.addresses is None:
        return Finding("warning", "Nothing is received yet: define a webhook with %%twilio_webhook to begin.")
    if not host.is_connected:
        return Finding("problem", "The receiver does not answer; the connection is being tried again.")
    if host.notices:
        return Finding("warning", " ".join(host.notices))
    return Finding("ok", "The receiver runs and this kernel is connected to it.")


def _address(service: Service) -> Finding:
    address = service.known_address()
    if address is None:
        message = (
            "The address that Twilio can reach is not known. Tell it once: "
            f"twilio_nb.connect({service.name!r}, public_url='https://…/')."
        )
        return Finding("warning", message)
    return Finding("ok", f"The address of the inbox, to be configured at Twilio, is {address}")


def _handlers(service: Service) -> Finding:
    host = Host.running()
    here = [one for one in host.handlers() if one.service == service.name] if host else []
    overtaken = [one for one in here if one.overtaken_by]
    if overtaken:
        names = ", ".join(f"{one.name} ({one.overtaken_by})" for one in overtaken)
        return Finding(
            "warning", f"Texts are answered elsewhere for: {names}. Run the cell here to take over."
        )
    if here:
        return Finding("ok", f"Handlers in this kernel: {', '.join(one.name for one in here)}.")
    return Finding("warning", "No handler lives in this kernel; texts are stored and wait for one.")
