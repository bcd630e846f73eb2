"""How a service comes to be: connected by name, created from an account."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from twilio_nb.domain.addresses import sender as checked_sender
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.paths import check_name
from twilio_nb.errors import ServiceAlreadyExists, ServiceNotFound
from twilio_nb.notebook.current import services
from twilio_nb.sending.hosts import checked_base
from twilio_nb.service import Service
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry

_NOTHING_YET = (
    "No service is open or stored yet. Open a simulated one with account = twilio_nb.sandbox(), or create "
    "yours with twilio_nb.connect('myTwilio', account_sid='AC…', sender='+1…')."
)
_ANY, _ANY_SID = "service", "AC" + "0" * 32  # stand for what is not given


def connect(
    name: str | None = None,
    *,
    account_sid: str | None = None,
    secret: str | None = None,
    api_key: str | None = None,
    sender: str | None = None,
    api_url: str | None = None,
    public_url: str | None = None,
) -> Service:
    """Open a stored Twilio service, or create one.

    ``connect("myTwilio")`` reads what is stored; arguments besides the name change it. With
    ``account_sid`` it is created when it does not exist. It becomes the service that magics use.

    Parameters
    ----------
    name : str, optional
        Name of the service: ASCII letters, digits, ``_`` and ``-``, 64 at most. May be left out where
        just one service is stored.
    account_sid : str, optional
        Account SID, ``AC`` and 32 hexadecimal digits; needed to create the service. A service keeps
        its account: another SID under the same name is refused.
    secret : str, optional
        *Name* of the secret that holds the auth token, never the token; by default the service's name.
    api_key : str, optional
        SID of an API key, ``SK`` and 32 hexadecimal digits, whose secret is then what `secret` names. Such a
        service sends only; ``""`` goes back to the auth token.
    sender : str, optional
        Number, short code, sender ID or Messaging Service SID that texts leave from by default.
    api_url : str, optional
        Where Twilio's API is, if not at Twilio: https, or http on loopback.
    public_url : str, optional
        The address of this Jupyter Server (or tunnel) as the world sees it, ending before ``twilio/``.

    Returns
    -------
    Service

    Raises
    ------
    ServiceNotFound
        If nothing is stored under the name and no ``account_sid`` was given.
    ServiceAlreadyExists
        If the name belongs to another account, to a sandbox that is open here, or to MongoDB.
    ConfigurationError
        If a name or SID is malformed.
    """
    if name is not None:
        check_name(name, "service")
    if any(one.name == name and one.definition.sandbox for one in services.all()):
        message = (
            f"{name!r} is the name of a sandbox that is open here: twilio_nb.sandbox({name!r}) returns to it. "
            "For an account of yours choose another name."
        )
        raise ServiceAlreadyExists(message)
    if api_url is not None:
        api_url = checked_base(api_url)
    if sender is not None:
        sender = checked_sender(sender)
    given = {
        "secret": secret,
        "api_key": api_key,
        "sender": sender,
        "api_url": api_url,
        "public_url": public_url,
    }
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    # What can be no service's is said before MongoDB is started for it.
    ServiceDefinition(name or _ANY, _ANY_SID if account_sid is None else account_sid, **changes)
    database = Database.open()
    try:
        registry = Registry(database)
        definition = _stored_or_new(registry, name, account_sid, changes)
        if account_sid is not None or changes:
            registry.save_service(definition)
        service = Service(definition, database)
        service.renew()
    except BaseException:
        database.close()
        raise
    services.add(service)
    return service


def _stored_or_new(
    registry: Registry, name: str | None, account_sid: str | None, changes: dict[str, Any]
) -> ServiceDefinition:
    """Return the stored definition with the changes, or a new one."""
    if name is None:
        stored = registry.services()
        if len(stored) != 1:
            known = ", ".join(sorted(one.name for one in stored))
            message = (
                f"Several services are stored, so name one of them: {known}." if stored else _NOTHING_YET
            )
            raise ServiceNotFound(message)
        name = stored[0].name
    try:
        stored_one = registry.service(name)
    except ServiceNotFound:
        # The environment may name the account, as it does for Twilio's own tools.
        account_sid = os.environ.get("TWILIO_ACCOUNT_SID") if account_sid is None else account_sid
        if account_sid is None:
            raise
        return ServiceDefinition(name=name, account_sid=account_sid, **changes)
    if account_sid is not None:
        changes["account_sid"] = account_sid
    return replace(stored_one, **changes)
