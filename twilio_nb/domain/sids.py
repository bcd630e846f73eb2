"""SIDs that a person types in. None is ever quoted: a token or a key's secret is easily taken for one."""

import re

from twilio_nb.errors import ConfigurationError

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_API_KEY = re.compile(r"SK[0-9a-fA-F]{32}")


def check_account_sid(sid: str, service: str) -> str:
    """Return an Account SID unchanged, if it can be one.

    Parameters
    ----------
    sid : str
        A candidate: ``AC`` and 32 hexadecimal digits.
    service : str
        Name of the service it is for.

    Returns
    -------
    str
        The same SID.

    Raises
    ------
    ConfigurationError
        If it is anything else; for an API key's the message has the call that was meant.

    Examples
    --------
    >>> check_account_sid("AC" + "0" * 32, "hotline")
    'AC00000000000000000000000000000000'
    """
    if _ACCOUNT.fullmatch(sid):
        return sid
    if _API_KEY.fullmatch(sid):
        message = (
            "That is the SID of an API key where the account's is expected, 'AC' and 32 hexadecimal digits; "
            f"give both: twilio_nb.connect({service!r}, account_sid='AC…', api_key='SK…')."
        )
    else:
        message = (
            f"That is no Account SID, having {len(sid)} characters: expected 'AC' and 32 hexadecimal digits; "
            "copy it from the first page of https://console.twilio.com."
        )
    raise ConfigurationError(message)


def check_api_key(sid: str, secret: str) -> str:
    """Return the SID of an API key unchanged, if it can be one.

    Parameters
    ----------
    sid : str
        A candidate: ``SK`` and 32 hexadecimal digits.
    secret : str
        Name of the secret that holds the key's secret.

    Returns
    -------
    str
        The same SID.

    Raises
    ------
    ConfigurationError
        If it is anything else.

    Examples
    --------
    >>> check_api_key("SK" + "0" * 32, "hotline")
    'SK00000000000000000000000000000000'
    """
    if _API_KEY.fullmatch(sid):
        return sid
    message = (
        f"That is no API key's SID, having {len(sid)} characters: expected 'SK' and 32 hexadecimal digits. "
        f"The key's secret is kept apart, with twilio_nb.secrets.set({secret!r})."
    )
    raise ConfigurationError(message)
