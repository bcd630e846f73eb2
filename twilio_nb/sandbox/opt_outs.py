"""STOP, START and HELP, which Twilio understands and answers by itself.

https://help.twilio.com/articles/223134027; for toll-free numbers https://help.twilio.com/articles/360058144374.
"""

import re

STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START = frozenset({"START", "YES", "UNSTOP"})
HELP = frozenset({"HELP", "INFO"})

STOPPED = "You are unsubscribed and get no more messages from this number. Reply START to resubscribe."
STARTED = "You are subscribed to messages from this number again. Reply HELP for help, STOP to unsubscribe."
HELPED = "Reply STOP to unsubscribe. Message and data rates may apply."
"""What Twilio answers, in substance: a program must not depend on its wording."""

_TOLL_FREE = re.compile(r"\+18(00|33|44|55|66|77|88)[0-9]{7}")


class OptOuts:
    """Who wants no more messages from whom.

    A sender is a phone number, or the SID of a Messaging Service: somebody who stops a number of a
    service has stopped both. There is no way to read the list but to be refused, as at Twilio.
    """

    def __init__(self) -> None:
        self._stopped: set[tuple[str, str]] = set()

    def stopped(self, sender: str, phone: str) -> bool:
        """Whether a message from this sender to this phone must not go out (21610)."""
        return (sender, phone) in self._stopped

    def hear(self, phone: str, senders: tuple[str, ...], body: str) -> str | None:
        """Obey a text if it is a keyword.

        A keyword stands alone; case and the white space around it do not matter. Only texts are
        heard: other channels, ``whatsapp:+…``, have other ways out.

        Parameters
        ----------
        phone : str
            Who texted.
        senders : tuple of str
            The number that was texted, then the services it belongs to.
        body : str
            The text.

        Returns
        -------
        str or None
            What Twilio answers by itself. None if this is no keyword, and for a phone that has
            stopped the number already, unless it starts it again.
        """
        word = body.strip().upper()
        pairs = {(sender, phone) for sender in senders}
        silent = bool(pairs & self._stopped)
        if ":" in phone:
            return None
        if word in STOP:
            self._stopped |= pairs
            return None if silent else STOPPED
        if word in START and not (word == "YES" and _TOLL_FREE.fullmatch(senders[0])):
            self._stopped -= pairs
            return STARTED
        return HELPED if word in HELP and not silent else None
