"""A mongod of a test's own, which may be killed, stopped and started again."""

import base64
import os
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient

from tests import planted
from twilio_nb.storage.binaries import find_mongod


class Server:
    """A mongod of the test's own, on a unix socket, without access control unless `guarded`."""

    def __init__(self, root: Path, *options: str) -> None:
        self.root = root
        self.options = options
        self.place = f"{quote(str(root / 'mongod.sock'), safe='')}/?directConnection=true"
        self.uri = f"mongodb://{self.place}"
        (root / "db").mkdir()
        self.start()

    def start(self) -> None:
        flags = [
            "--bind_ip",
            "./mongod.sock",
            "--nounixsocket",
            "--dbpath",
            "db",
            "--wiredTigerCacheSizeGB",
            "0.25",
        ]
        journal = "log=(enabled=true,path=journal,prealloc=false,file_max=10MB)"
        self.process = subprocess.Popen(
            [find_mongod().path, *flags, "--wiredTigerEngineConfigString", journal, *self.options],
            cwd=self.root,
            stdout=subprocess.DEVNULL,
        )
        with self.client() as client:
            client.admin.command("ping")

    def client(self) -> "MongoClient[dict[str, Any]]":
        return MongoClient(self.uri, serverSelectionTimeoutMS=20_000, heartbeatFrequencyMS=500)

    def initiate(self) -> None:
        with self.client() as client:
            member = {"_id": 0, "host": "./mongod.sock"}
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
        self.wait_for_primary()

    def wait_for_primary(self) -> None:
        with self.client() as client:
            while not client.admin.command("hello")["isWritablePrimary"]:
                time.sleep(0.02)

    def make_user(self, name: str, *roles: str) -> str:
        """Make a user, the first one without a password of one's own; return the address for it."""
        password = planted.token()
        with self.client() as client:
            client.admin.command("createUser", name, pwd=password, roles=list(roles))
        return f"mongodb://{name}:{password}@{self.place}&authSource=admin"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def guarded(root: Path) -> Server:
    """Start a replica set of one that asks for passwords, with a user who may do everything."""
    key = root / "key"
    key.write_text(base64.b64encode(os.urandom(96)).decode())
    key.chmod(0o600)
    server = Server(root, "--replSet", "rs0", "--keyFile", "key")
    server.initiate()
    server.uri = server.make_user("owner", "root")
    return server
