"""The secret that a webhook's address may hold, ``?secret=<value>``: put in, taken out, and shown without its value."""

from urllib.parse import quote, unquote_plus

PARAMETER = "secret"
"""Its name in the query, as the retired service had it."""


def taken_out(query: str) -> tuple[str, list[str]]:
    """Take the secret out of a query.

    Parameters
    ----------
    query : str
        What stands behind the ``?`` of an address, as it was sent.

    Returns
    -------
    tuple of (str, list of str)
        The rest, of which no letter has changed, and the values that were there, decoded: one, unless something is
        wrong.

    Notes
    -----
    https://www.mongodb.com/docs/atlas/app-services/services/webhook-requests-and-responses/

    Examples
    --------
    >>> taken_out("secret=hello&someParam=42")
    ('someParam=42', ['hello'])
    """
    kept, values = [], []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if unquote_plus(name) == PARAMETER:
            values.append(unquote_plus(value))
        else:
            kept.append(pair)
    return "&".join(kept), values


def with_secret(address: str, value: str) -> str:
    """Return an address with the secret in its query, before the fragment.

    Examples
    --------
    >>> with_secret("https://example.org/twilio/service/s/incoming_webhook/vote#rc=2", "a b")
    'https://example.org/twilio/service/s/incoming_webhook/vote?secret=a%20b#rc=2'
    """
    return _inserted(address, quote(value, safe=""))


def shown_with(address: str, secret: str | None) -> str:
    """Return an address as people see it: with the secret's name in angle brackets, where its value comes.

    Parameters
    ----------
    address : str
        The address, without a query.
    secret : str or None
        Name of the secret; None where the webhook asks for none.

    Examples
    --------
    >>> shown_with("https://example.org/twilio/service/s/incoming_webhook/vote#rc=2", "voteKey")
    'https://example.org/twilio/service/s/incoming_webhook/vote?secret=<voteKey>#rc=2'
    """
    return address if secret is None else _inserted(address, f"<{secret}>")


def explained(secret: str) -> str:
    """Say in a sentence what `shown_with` shows.

    Examples
    --------
    >>> explained("voteKey")
    "At Twilio the value of the secret 'voteKey' comes in the place of <voteKey>; %twilio_config enters it there."
    """
    return (
        f"At Twilio the value of the secret {secret!r} comes in the place of <{secret}>; %twilio_config enters it "
        "there."
    )


def made_up(secret: str) -> str:
    """Say in a sentence that a simulated account has a secret of its own making."""
    return (
        f"No secret {secret!r} is kept, so the simulated account has made one up; twilio_nb.secrets.set({secret!r}) "
        "keeps one of yours."
    )


def gives_away(secret: str, token: str, service: str) -> str:
    """Say in a sentence why an address cannot hold a secret.

    Parameters
    ----------
    secret : str
        Its name.
    token : str
        Name of the secret that holds the auth token: the same, or one that has the same variable of the environment.
    service : str
        Name of the service whose token that is.
    """
    same = "is" if secret == token else f"has the same variable of the environment as {token!r},"
    return (
        f"The secret {secret!r} {same} the auth token of {service!r}, which an address would give away. Name another "
        "one, and keep it with twilio_nb.secrets.set(NAME)."
    )


def _inserted(address: str, written: str) -> str:
    where, mark, fragment = address.partition("#")
    return f"{where}?{PARAMETER}={written}{mark}{fragment}"
