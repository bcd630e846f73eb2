"""Two ways to use the REST APIs: through Twilio's library, and as JSON over HTTP. Both give plain records."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from tests.sandbox import tables
from tests.sandbox.conftest import Sandbox
from tests.sandbox.tables import Table

Record = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """A resource: its table, its key in lists, and where it lies below that of `parent`."""

    table: Table
    key: str
    path: str
    library: str
    parent: str = ""
    v1: bool = False


RESOURCES = {
    "message": Resource(tables.MESSAGE, "messages", "Messages", "messages"),
    "media": Resource(tables.MEDIA, "media_list", "Media", "media", parent="message"),
    "number": Resource(
        tables.NUMBER, "incoming_phone_numbers", "IncomingPhoneNumbers", "incoming_phone_numbers"
    ),
    "application": Resource(tables.APPLICATION, "applications", "Applications", "applications"),
    "service": Resource(tables.SERVICE, "services", "Services", "services", v1=True),
    "pool": Resource(
        tables.SERVICE_NUMBER, "phone_numbers", "PhoneNumbers", "phone_numbers", parent="service", v1=True
    ),
}


class Driver(Protocol):
    """What a script may do; `within` is the SID of the parent, where a resource has one."""

    def account(self) -> Record: ...
    def create(self, name: str, within: str = "", **fields: Any) -> Record: ...
    def fetch(self, name: str, sid: str, within: str = "") -> Record: ...
    def update(self, name: str, sid: str, **fields: Any) -> Record: ...
    def list(self, name: str, within: str = "", **filters: Any) -> list[Record]: ...
    def delete(self, name: str, sid: str, within: str = "") -> bool: ...


class Library:
    """Through the twilio library."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._client = sandbox.client()
        self._sid = sandbox.sid

    def account(self) -> Record:
        return _plain(self._client.api.accounts(self._sid).fetch())

    def create(self, name: str, within: str = "", **fields: Any) -> Record:
        return _plain(self._at(name, within).create(**fields))

    def fetch(self, name: str, sid: str, within: str = "") -> Record:
        return _plain(self._at(name, within)(sid).fetch())

    def update(self, name: str, sid: str, **fields: Any) -> Record:
        return _plain(self._at(name, "")(sid).update(**fields))

    def list(self, name: str, within: str = "", **filters: Any) -> "list[Record]":
        return [_plain(one) for one in self._at(name, within).list(**filters)]

    def delete(self, name: str, sid: str, within: str = "") -> bool:
        return bool(self._at(name, within)(sid).delete())

    def _at(self, name: str, within: str) -> Any:
        resource = RESOURCES[name]
        if resource.parent:
            return getattr(self._at(resource.parent, "")(within), resource.library)
        return getattr(self._client.messaging.v1 if resource.v1 else self._client, resource.library)


class Raw:
    """As JSON over HTTP."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def account(self) -> Record:
        return self._ask("GET", f"/2010-04-01/Accounts/{self._sandbox.sid}.json", 200)

    def create(self, name: str, within: str = "", **fields: Any) -> Record:
        return self._ask("POST", self._path(name, within), 201, fields)

    def fetch(self, name: str, sid: str, within: str = "") -> Record:
        return self._ask("GET", self._path(name, within, sid), 200)

    def update(self, name: str, sid: str, **fields: Any) -> Record:
        return self._ask("POST", self._path(name, "", sid), 200, fields)

    def list(self, name: str, within: str = "", **filters: Any) -> "list[Record]":
        resource = RESOURCES[name]
        path: str | None = f"{self._path(name, within)}?{_encoded(filters)}"
        records: list[Record] = []
        while path:
            page = self._ask("GET", path, 200)
            envelope = page["meta"] if resource.v1 else {k: v for k, v in page.items() if k != resource.key}
            table = tables.PAGE_OF_V1 if resource.v1 else tables.PAGE_OF_2010
            assert tables.faults(envelope, table) == []
            records += page[resource.key]
            path = envelope["next_page_url" if resource.v1 else "next_page_uri"]
            path = path and path.removeprefix(self._sandbox.url)
        return records

    def delete(self, name: str, sid: str, within: str = "") -> bool:
        self._ask("DELETE", self._path(name, within, sid), 204)
        return True

    def _path(self, name: str, within: str, sid: str = "") -> str:
        resource = RESOURCES[name]
        own = f"{resource.path}/{sid}" if sid else resource.path
        if resource.parent:
            own = f"{RESOURCES[resource.parent].path}/{within}/{own}"
        return f"/v1/{own}" if resource.v1 else f"/2010-04-01/Accounts/{self._sandbox.sid}/{own}.json"

    def _ask(self, method: str, path: str, expected: int, fields: Mapping[str, Any] | None = None) -> Record:
        data = _encoded(fields).encode() if fields is not None else None
        status, content, _ = self._sandbox.request(method, path, data=data)
        assert status == expected, content
        record: Record = content
        return record


def _plain(resource: Any) -> Record:
    return {name.rstrip("_"): value for name, value in vars(resource).items() if not name.startswith("_")}


def _encoded(fields: Mapping[str, Any]) -> str:
    """Write fields as the library does: ``from_`` is From, ``media_url`` MediaUrl, True is true."""
    names = {name: "".join(part.capitalize() for part in name.split("_")) for name in fields}
    texts = {names[name]: "true" if value is True else value for name, value in fields.items()}
    return urlencode(texts, doseq=True)


def comparable(value: Any) -> Any:
    """Return a record without what differs from run to run; SIDs are numbered in their order."""
    seen: dict[str, str] = {}

    def numbered(found: "re.Match[str]") -> str:
        return seen.setdefault(found[0], f"{found[0][:2]}-{len(seen)}")

    dates = re.compile(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000|\d{4}-\d\d-\d\d[T ][\d:]{8}(Z|\+00:00)")
    written = json.dumps(
        value, sort_keys=True, default=lambda found: str(found) if isinstance(found, datetime) else None
    )
    return json.loads(dates.sub("a date", re.sub(r"[A-Z]{2}[0-9a-f]{32}", numbered, written)))
