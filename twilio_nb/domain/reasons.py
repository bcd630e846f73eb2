"""Why messages do not arrive, in a few words: for labels, where Twilio's sentences are too long.

Codes and their meaning: https://www.twilio.com/docs/api/errors
"""

REASONS: dict[int, str] = {
    21211: "no valid number",
    21408: "country not allowed",
    21606: "sender cannot text there",
    21608: "trial account, number not verified",
    21610: "recipient opted out",
    21611: "sender's queue full",
    21612: "no route to the recipient",
    21614: "no mobile number",
    21617: "text too long",
    30001: "sender's queue overflowed",
    30002: "account suspended",
    30003: "handset unreachable",
    30004: "blocked by carrier or recipient",
    30005: "unknown number",
    30006: "landline, or carrier unreachable",
    30007: "filtered by the carrier",
    30008: "no reason given by the carrier",
    30010: "price above the limit set",
    30011: "media not taken by the carrier",
    30019: "media too large for the carrier",
    30022: "campaign's rate used up",
    30023: "daily limit of the carrier",
    30032: "toll-free number not verified",
    30034: "number not registered (10DLC)",
    30036: "waited too long",
    30044: "trial account, text too long",
    30410: "carrier did not answer in time",
    30450: "stopped as SMS pumping",
    30500: "error at Twilio",
    63003: "no WhatsApp address",
    63007: "no such WhatsApp sender",
    63015: "not joined to the WhatsApp sandbox",
    63016: "WhatsApp needs a template",
    63017: "account's rate used up",
    63018: "channel's rate used up",
    63024: "unknown to WhatsApp",
    63038: "account's daily limit",
}


def reason(code: int | None) -> str:
    """Return a code of Twilio's and what it means.

    Parameters
    ----------
    code : int or None
        Of a message that was not delivered.

    Returns
    -------
    str
        The code alone, where its meaning is not known here.

    Examples
    --------
    >>> reason(30003), reason(39999), reason(None)
    ('30003 handset unreachable', '39999', 'no code given')
    """
    if code is None:
        return "no code given"
    return f"{code} {REASONS.get(code, '')}".rstrip()
