"""A phone at the far end of a sandbox account: it texts a number and shows what comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twilio_nb.domain.addresses import recipient
from twilio_nb.notebook.conversation import Conversation


class Phone:
    """A simulated phone; made by :meth:`twilio_nb.account.SandboxAccount.phone`.

    Attributes
    ----------
    number : str
        The phone's own number in E.164.
    """

    def __init__(
        self,
        request: Callable[..., Any],
        number: str,
        numbers: Sequence[str],
        outcome: Callable[[str], str | None],
    ) -> None:
        self._request = request
        self._outcome = outcome
        self._numbers = list(numbers)
        self.number = recipient(number)

    def text(self, body: str = "", *, to: str | None = None, media_url: Sequence[str] = ()) -> Conversation:
        """Text the account, wait for the answer of its webhook, and show both.

        Parameters
        ----------
        body : str
            The text.
        to : str, optional
            One of the account's numbers; by default the first.
        media_url : sequence of str
            Addresses of pictures to send along.

        Returns
        -------
        Conversation
            The text and the replies that came at once; a late reply is found in :attr:`messages`.

        Raises
        ------
        InvalidMessage
            If the simulated account refuses the text, such as one of more than 1,600 characters.
        ConfigurationError
            If the simulated account does not answer.
        """
        text = {"from": self.number, "to": to or self._numbers[0], "body": body, "media_url": list(media_url)}
        answer = self._request("POST", "/sandbox/texts", text)
        error = answer["error"]
        note = None if answer["replies"] else self._outcome(answer["inbound"]["sid"])
        if error is not None:
            note = f"{error['message']} (Twilio's code {error['code']})"
        return Conversation(self.number, [answer["inbound"], *answer["replies"]], note=note)

    @property
    def messages(self) -> Conversation:
        """All that this phone sent and received, oldest first."""
        return Conversation(self.number, self._request("GET", f"/sandbox/phones/{self.number}")["messages"])

    def _repr_html_(self) -> str:
        return self.messages._repr_html_()

    def __repr__(self) -> str:
        return repr(self.messages)
