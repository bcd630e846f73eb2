"""A simulated Twilio account to try everything with: ``account = twilio_nb.sandbox()``.

The far end is played by a process of its own (:mod:`twilio_nb.sandbox`); all between it and the notebook
is real: signed webhooks, the receiver, MongoDB, Twilio's library over HTTP.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import requests

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.markup import Markup, Shown, aside, frame, tag
from twilio_nb.domain.paths import check_name
from twilio_nb.errors import ConfigurationError, ServiceAlreadyExists, TwilioNBError
from twilio_nb.far_end import Controlled, FarEnd
from twilio_nb.history import Historic
from twilio_nb.network import Network
from twilio_nb.notebook.current import services
from twilio_nb.phones import Phone
from twilio_nb.sending.transport import Credentials
from twilio_nb.simulated import SandboxService
from twilio_nb.storage.database import Database
from twilio_nb.storage.directories import data_directory, private_directory, user_runtime_directory
from twilio_nb.storage.leases import Lease
from twilio_nb.storage.locks import FileLock
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.secrets import Secret
from twilio_nb.storage.users import drop_users

_open: dict[str, SandboxAccount] = {}


def sandbox(name: str = "sandbox", *, keep: bool = False) -> SandboxAccount:
    """Open a simulated Twilio account with two numbers; it needs no account at Twilio.

    Its service becomes the one that magics use, also when it was open before.

    Parameters
    ----------
    name : str
        Name of the account and of its service. Notebooks that open the same name share it.
    keep : bool
        Keep its texts when it ends; otherwise its database is dropped.

    Returns
    -------
    SandboxAccount
        ``account.service`` sends and receives, ``account.phone()`` is a phone to text from.

    Raises
    ------
    ConfigurationError
        If the name cannot be one, a service of a real account is open under it, or the simulated account, mongod
        or the receiver cannot be started.
    """
    check_name(name, "sandbox")
    if any(one.name == name and not one.definition.sandbox for one in services.all()):
        message = (
            f"{name!r} is the name of a service of yours that is open here; give the sandbox another, such as "
            f"twilio_nb.sandbox({name[:56] + '-trial'!r})."
        )
        raise ServiceAlreadyExists(message)
    if name in _open and _open[name].service not in services.all():
        _open[name].close()  # its service was closed, which leaves nothing to return to
    if name in _open:
        # Or the next %twilio_send would go where the cells in between went, to a real account perhaps.
        services.add(_open[name].service)
    else:
        _open[name] = SandboxAccount(name, keep=keep)
    return _open[name]


class SandboxAccount(Historic, Controlled, Shown):
    """A simulated Twilio account; made by :func:`sandbox`.

    Attributes
    ----------
    service : Service
        The account's service, connected and receiving.
    numbers : list of str
        The account's numbers in E.164.
    whatsapp : str
        The sender of its WhatsApp sandbox; a phone joins by texting `join` to it.
    join : str
        The words that join.
    """

    def __init__(self, name: str, *, keep: bool = False) -> None:
        self.name = name
        self._keep = keep
        # On a MongoDB that people share, each has a database of their own, also under the same name.
        digest = hashlib.sha256(os.fsencode(data_directory() / name)).hexdigest()[:8]
        self._root = private_directory(user_runtime_directory() / f"sandbox-{name}-{digest}")
        self._member = FileLock(self._root / "members.lock")
        self._lease = Lease(
            self._root,
            command=[sys.executable, "-m", "twilio_nb.sandbox", "--directory", str(self._root)],
            ready=self._answers,
            name=f"The sandbox {name!r}",
            error=ConfigurationError,
        )
        with contextlib.ExitStack() as undo:
            self._lease.acquire()
            undo.callback(self._lease.release)
            facts = self._facts()
            credentials = Credentials(facts["account_sid"], facts["auth_token"])
            self._far_end = FarEnd(name, facts["url"], credentials)
            self._network = Network(self._far_end, self._request, facts, lambda: self._database)
            self.numbers, self.whatsapp, self.join = (
                self._network.numbers,
                self._network.whatsapp,
                self._network.join,
            )
            self._phones: dict[str, Phone] = {}
            definition = ServiceDefinition(
                name=name,
                account_sid=facts["account_sid"],
                secret=name,
                sender=self.numbers[0],
                api_url=self._far_end.url,
                public_url=None,
                sandbox=True,
            )
            self._database = Database.open(f"twilio_nb_sandbox_{name[:30]}_{digest}")
            undo.callback(lambda: self._database.close())
            self._begin(definition)
            self.service = SandboxService(definition, self._database, facts["auth_token"], self._far_end)
            self.service.follow()
            services.add(self.service)
            undo.pop_all()
        atexit.register(self.close)

    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self._root / "account.json").read_text())
        # A traceback that shows variables would show the token.
        return facts | {"auth_token": Secret(facts["auth_token"])}

    def _answers(self) -> bool:
        try:
            facts = self._facts()
            account = f"{facts['url']}/2010-04-01/Accounts/{facts['account_sid']}.json"
            credentials = Credentials(facts["account_sid"], facts["auth_token"])
            return requests.get(account, auth=credentials, timeout=2).status_code == HTTPStatus.OK
        except (OSError, ValueError, KeyError, requests.RequestException):
            return False

    def _begin(self, definition: ServiceDefinition) -> None:
        """Store the service; what the account's last run left behind goes first, unless it is kept."""
        with self._alone():
            if self._member.try_lock() and not self._keep:
                drop_users(self._database)
                self._database.drop()
                self._database.close()
                self._database = Database.open(self._database.name)
            self._member.try_lock(shared=True)
            registry = Registry(self._database)
            if all(one.account_sid != definition.account_sid for one in registry.services()):
                registry.remove_service(definition.name)
            registry.save_service(definition)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other notebooks from opening or closing this account for a moment."""
        gate = FileLock(self._root / "gate.lock")
        if not gate.wait(10):
            message = f"The sandbox {self.name!r} is being opened or closed elsewhere for 10 s; try again."
            raise ConfigurationError(message)
        try:
            yield
        finally:
            gate.release()

    def phone(self, number: str | None = None) -> Phone:
        """Return a phone that texts the account and shows the replies; as the last line of a cell, on the screen.

        Parameters
        ----------
        number : str, optional
            The phone's own number in E.164; each number is one phone of its own. By default +15558675309.
            With ``whatsapp:`` before it the phone texts :attr:`whatsapp`, once it has joined.

        Returns
        -------
        Phone
            ``phone.text("Hello")`` texts the account, ``phone.misbehave(30003)`` loses what it gets.

        Raises
        ------
        InvalidAddress
            If the number cannot be one.
        """
        phone = Phone(self._network, number or self._network.phone)
        return self._phones.setdefault(phone.number, phone)

    def _check_open(self) -> None:
        if _open.get(self.name) is not self:
            message = (
                f"The sandbox {self.name!r} is closed; open it again with twilio_nb.sandbox({self.name!r})."
            )
            raise ConfigurationError(message)

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        self._check_open()
        if path == "/sandbox/texts":
            self.service.follow()
        return self._far_end.ask(method, path, body)

    def close(self) -> None:
        """Leave the account; after the last one left it ends, and its texts go unless kept."""
        if _open.get(self.name) is not self:
            return
        del _open[self.name]
        atexit.unregister(self.close)
        with contextlib.suppress(TwilioNBError), self._alone():
            self._member.release()
            last = FileLock(self._root / "members.lock").try_lock()
            if last and not self._keep:
                drop_users(self._database)
                self._database.drop()
        for phone in self._phones.values():
            phone.close()
        self._network.close()
        self.service.close()
        self._lease.release()

    def __enter__(self) -> SandboxAccount:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _sentences(self) -> tuple[str, str]:
        numbers = " and ".join(self.numbers)
        if _open.get(self.name) is not self:
            return (
                f"A simulated Twilio account, {self.name!r}, closed.",
                f"twilio_nb.sandbox({self.name!r}) opens it.",
            )
        return (
            f"A simulated Twilio account, {self.name!r}, with the numbers {numbers}.",
            "account.service sends and receives; account.phone() texts it; account.history() gives it a past.",
        )

    def _text(self) -> str:
        return "\n".join(self._sentences())

    def _html(self) -> Markup:
        what, how = self._sentences()
        return frame(tag("div", what), aside(how))
