"""Whether the secrets of webhooks' addresses are kept, and stand in what Twilio calls; and entering them there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from twilio_nb.domain.address_secret import PARAMETER, gives_away, taken_out
from twilio_nb.errors import ConfigurationError, GatewayError
from twilio_nb.notebook.display import Finding
from twilio_nb.sending.pointing import Route, point
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.secrets import Secret, are_one

if TYPE_CHECKING:
    from twilio_nb.service import Service


def keep_tokens_out(secret: str, registry: Registry) -> None:
    """Refuse a secret that an address would give away: the token of any service, under whatever of its names.

    Raises
    ------
    ConfigurationError
        If it is one.
    """
    for one in registry.services():
        if are_one(one.secret, secret):
            raise ConfigurationError(gives_away(secret, one.secret, one.name))


def secrets(service: Service) -> list[Finding]:
    """Look whether the secrets are kept that addresses of a service's webhooks must hold, and are no tokens.

    A service that was set up later may have the secret of an address for its token.
    """
    found, registry = [], Registry(service.database)
    for webhook in registry.webhooks(service.name):
        if webhook.secret is not None:
            trouble = f"The address of {webhook.name!r} must not be entered at Twilio."
            try:
                keep_tokens_out(webhook.secret, registry)
                trouble = f"Texts to {webhook.name!r} are refused."
                service._address_secrets(webhook.secret)
            except ConfigurationError as error:
                found.append(Finding("problem", f"{trouble} {error}"))
    return found


def lacking(service: Service, webhook: str, query: str) -> tuple[Literal["warning", "problem"], str] | None:
    """Compare the address that Twilio calls with the secret that it must hold.

    Parameters
    ----------
    service : Service
        The service.
    webhook : str
        Name of the webhook.
    query : str
        The query of the address.

    Returns
    -------
    tuple or None
        How bad it is, and what is wrong, as the end of a sentence; None if nothing is.
    """
    secret = service._secret_of(webhook)
    if secret is None:
        return None
    given = taken_out(query)[1]
    try:
        known = service._address_secrets(secret)
    except ConfigurationError:  # which `secrets` says
        return None
    matching = [one for one in known if len(given) == 1 and Secret(given[0]) == one]
    if not matching:
        which = "another value" if given else "no value"
        return "problem", f"with {which} of the secret {secret!r} in the address, so they are refused"
    if matching != [known[-1]]:
        return "warning", f"with the value of the secret {secret!r} that is being replaced"
    return None


def mend(service: Service, route: Route, webhook: str) -> None:
    """Let Twilio call the address of a webhook, whole, with its secret.

    Raises
    ------
    SecretNotFound
        If that is not known.
    GatewayError
        If Twilio refuses; without the secret, should Twilio quote it.
    """
    whole = service.whole_address(webhook)
    assert whole is not None, "offered only where the address is known"
    try:
        point(service.gateway, route, whole.reveal())
    except GatewayError as error:
        hidden = _without(whole, error)
    else:
        return
    raise hidden  # outside, without the original: a traceback that shows variables would show the address


def _without(whole: Secret, error: GatewayError) -> GatewayError:
    query, said = urlsplit(whole.reveal()).query, str(error)
    for quoted in filter(None, [query.removeprefix(f"{PARAMETER}="), *taken_out(query)[1]]):
        said = said.replace(quoted, "…")
    return GatewayError(
        said, status=error.status, code=error.code, more_info=error.more_info, unknown=error.unknown
    )
