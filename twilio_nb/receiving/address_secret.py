"""Whether the address that was called holds the secret of its webhook, which Twilio's signature has covered.

An additional check, after the signature: who can sign, and does not know the secret, reaches no handler.
"""

from collections.abc import Sequence
from dataclasses import replace

from twilio_nb.domain.address_secret import PARAMETER, taken_out
from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.domain.paths import RETRY_FRAGMENT
from twilio_nb.errors import SecretRefused
from twilio_nb.receiving.exchange import Arrival
from twilio_nb.storage.secrets import Secret


def admitted(arrival: Arrival, webhook: WebhookDefinition | None, known: Sequence[Secret]) -> Arrival:
    """Return a request without the secret of its address, once that was found right.

    Parameters
    ----------
    arrival : Arrival
        A request whose signature was right.
    webhook : WebhookDefinition or None
        What it is for. Where that asks for no secret, nothing is compared, and nothing taken out.
    known : sequence of Secret
        What the address may hold: two values while the secret is rotated.

    Returns
    -------
    Arrival
        What may be stored, logged and shown to the handler.

    Raises
    ------
    SecretRefused
        If the address holds no secret, another one, or several, or this machine has none to compare with. The message
        says what to do, and quotes nothing of the address.
    """
    if webhook is None or webhook.secret is None:
        return arrival
    rest, given = taken_out(arrival.query)
    asks = f"{webhook.name!r} asks for the secret {webhook.secret!r} in its address"
    mend = (
        f"%twilio_config enters the right address at Twilio; by hand it ends in ?{PARAMETER}=VALUE{RETRY_FRAGMENT}, "
        "with characters such as + and & percent-encoded."
    )
    if not known:
        message = (
            f"{asks}, of which this machine has no value, so its texts are refused: "
            f"twilio_nb.secrets.set({webhook.secret!r}) asks for it."
        )
        raise SecretRefused(message)
    if len(given) != 1:
        message = f"{asks}, and the one that Twilio called has {'several' if given else 'none'}. {mend}"
        raise SecretRefused(message)
    right = [Secret(given[0]) == one for one in known]  # in constant time, and all of them whichever is right
    if not any(right):
        message = f"{asks}, and the one that Twilio called has another value. {mend}"
        raise SecretRefused(message)
    form = arrival.form
    if arrival.method != "POST":  # then the query is the form
        form = tuple((name, value) for name, value in form if name != PARAMETER)
    return replace(arrival, query=rest, form=form)
