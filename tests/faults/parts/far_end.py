"""Twilio, for a notebook: what it delivers is signed, what it is sent arrives at a simulated account."""

import base64
import json
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import requests
from twilio.request_validator import RequestValidator

from tests.faults.parts.moments import eventually

PATIENCE = 15.0  # seconds for which Twilio waits


@dataclass(frozen=True)
class Delivered:
    """One text as Twilio delivered it: what it was told (0: nothing), after how many seconds, and the replies."""

    sid: str
    status: int
    took: float
    replies: tuple[str, ...] = ()


class Twilio:
    """The far end: a simulated account for what is sent, and signed requests for what comes in."""

    def __init__(self, directory: Path) -> None:
        command = [sys.executable, "-m", "twilio_nb.sandbox", "--directory", str(directory), "--pace", "0.01"]
        self.process = subprocess.Popen(command)
        file = directory / "account.json"
        eventually(lambda: file.exists() and file.read_text().endswith("}"), 20)
        self.account: dict[str, Any] = json.loads(file.read_text())
        self.number: str = self.account["numbers"][0]
        self._threads = ThreadPoolExecutor(64)
        self._validator = RequestValidator(self.account["auth_token"])

    def texting(self, url: str, body: str, phone: str, sid: str) -> "Future[Delivered]":
        """Deliver a text, and do not wait for the answer."""
        form = {"From": phone, "To": self.number, "Body": body, "NumMedia": "0"}
        return self._threads.submit(self._post, url, sid, form)

    def calling_back(self, url: str, sid: str, status: str) -> "Future[Delivered]":
        """Tell of a message's status."""
        return self._threads.submit(self._post, url, sid, {"MessageStatus": status})

    def _post(self, url: str, sid: str, fields: dict[str, str]) -> Delivered:
        form = {"MessageSid": sid, "AccountSid": self.account["account_sid"], **fields}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": self._validator.compute_signature(url, form),
        }
        began = time.monotonic()
        try:
            answer = requests.post(url, urlencode(form), headers=headers, timeout=PATIENCE)
        except requests.RequestException:
            return Delivered(sid, 0, time.monotonic() - began)
        took = time.monotonic() - began
        if answer.status_code != 200:
            return Delivered(sid, answer.status_code, took)
        bodies = ElementTree.fromstring(answer.content).iter("Body")
        return Delivered(sid, 200, took, tuple(body.text or "" for body in bodies))

    def received(self, phone: str) -> list[str]:
        """What a phone got by REST."""
        account = self.account
        request = urllib.request.Request(f"{account['url']}/sandbox/phones/{phone}")
        credentials = f"{account['account_sid']}:{account['auth_token']}".encode()
        request.add_header("Authorization", "Basic " + base64.b64encode(credentials).decode())
        with urllib.request.urlopen(request, timeout=30) as response:
            messages = json.loads(response.read())["messages"]
        return [message["body"] for message in messages if message["to"] == phone]

    def close(self) -> None:
        self._threads.shutdown()
        self.process.terminate()
        self.process.wait(10)
