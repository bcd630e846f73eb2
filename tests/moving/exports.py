"""One app, exported in each of the layouts that App Services had."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SID = "AC" + "0123456789abcdef" * 2

SAVE_TEXT = """\
exports = async function(payload, response) {
  const mongodb = context.services.get("atlas");
  const texts = mongodb.db("demo").collection("texts");
  const twilio = context.services.get("hotline");
  try {
    const saved = await texts.insertOne(payload);
    if (await context.functions.execute("isStaff", payload.From)) {
      await twilio.send({to: payload.From, from: context.values.get("ourNumber"), body: "Hello, staff"});
    }
    response.setBody(`Saved your text message with _id: ${saved.insertedId}`);
  } catch (error) {
    response.setBody(`Failed: ${error}`);
  }
};
"""
IS_STAFF = """\
exports = function(number) {
  return context.functions.execute("lookUp", number, context.values.get("staff"));
};
"""
LOOK_UP = """\
exports = (number, staff) => {
  const people = context.services.get("atlas").db("demo").collection("people");
  const found = people.findOne({number: number});
  return found !== null || staff.includes(number);
};
"""
TELL = """\
exports = function(event) {
  return context.services.get("hotline").send({to: "+15558675309", from: "+15558675310", body: "news"});
};
"""


@dataclass
class Service:
    name: str = "hotline"
    sid: str = SID
    secret: str | None = "hotlineToken"
    webhooks: dict[str, tuple[dict[str, Any], str]] = field(
        default_factory=lambda: {
            "saveText": (
                {"respond_result": True, "run_as_user_id": "", "run_as_user_id_script_source": ""},
                SAVE_TEXT,
            )
        }
    )
    rules: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "known": {"actions": ["send"], "when": {"%%args.to": {"%in": "%%values.staff"}}},
            "office": {
                "actions": ["send"],
                "when": {"%%true": {"%function": {"name": "isStaff", "arguments": ["%%args.to"]}}},
            },
            "open": {"actions": ["send"]},
            "test": {},
            "tw1 service": {"actions": ["send"], "when": {"from": "+15558675310"}},
        }
    )

    def config(self) -> dict[str, Any]:
        secret = {} if self.secret is None else {"secret_config": {"auth_token": self.secret}}
        return {
            "id": "5" * 24,
            "name": self.name,
            "type": "twilio",
            "config": {"sid": self.sid},
            **secret,
            "version": 1,
        }


SCHEMA = {
    "title": "text",
    "bsonType": "object",
    "required": ["Body"],
    "properties": {
        "_id": {"bsonType": "objectId"},
        "Body": {"bsonType": "string"},
        "id": {"bsonType": "uuid"},
    },
}
ROLES = [
    {
        "name": "collector",
        "apply_when": {},
        "read": False,
        "insert": True,
        "write": {"%%prevRoot": {"%exists": False}},
    },
    {"name": "owner", "apply_when": {"owner": "%%user.id"}, "read": True, "write": True},
]
OLD_ROLES = [{key.replace("apply_when", "applyWhen"): value for key, value in role.items()} for role in ROLES]


@dataclass
class Exported:
    """What the app has; each method writes it in one layout and returns what to import."""

    services: list[Service] = field(default_factory=lambda: [Service()])
    values: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "ourNumber": {"value": {"$numberLong": "15558675310"}, "from_secret": False},
            "staff": {"value": ["+15558675309"], "from_secret": False},
            "weatherKey": {"value": "weather-key", "from_secret": True},
        }
    )
    environments: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {"production": {"values": {"greeting": "Hello"}}}
    )
    functions: dict[str, str] = field(
        default_factory=lambda: {
            "isStaff": IS_STAFF,
            "lookUp": LOOK_UP,
            "tell": TELL,
            "unused": "exports = () => 1;\n",
        }
    )
    secrets: dict[str, Any] | None = None

    def g1(self, folder: Path, marker: str = "stitch.json", version: int | None = 20180301) -> Path:
        """Write the layout of 2018, or of 2020 with ``config.json``: every service in ``services``."""
        root: dict[str, Any] = {
            "app_id": "hotline-abcde",
            "name": "hotline app",
            "environment": "production",
        }
        put(folder / marker, root | ({} if version is None else {"config_version": version}))
        for service in self.services:
            self._service(folder / "services" / service.name, service)
        put(
            folder / "services/atlas/config.json",
            {"name": "atlas", "type": "mongodb-atlas", "config": {"clusterName": "WI"}},
        )
        put(
            folder / "services/atlas/rules/demo.texts.json",
            {"database": "demo", "collection": "texts", "roles": OLD_ROLES, "filters": [], "schema": SCHEMA},
        )
        for name, source in self.functions.items():
            put(folder / "functions" / name / "config.json", {"name": name, "private": False})
            write(folder / "functions" / name / "source.js", source)
        put(folder / "auth_providers/anon-user.json", {"name": "anon-user", "type": "anon-user"})
        put(folder / "ourNumber.json", {"stray": True})
        self._rest(folder)
        return folder

    def g2(self, folder: Path) -> Path:
        return self.g1(folder, "config.json", 20200603)

    def g3(self, folder: Path, marker: str = "realm_config.json", version: int | None = 20210101) -> Path:
        """Write the layout of 2021, or of 2023 with ``root_config.json``."""
        root = {"app_id": "hotline-abcde", "name": "hotline app", "environment": "production"}
        put(folder / marker, root | ({} if version is None else {"config_version": version}))
        for service in self.services:
            self._service(folder / "services" / service.name, service)
        put(
            folder / "data_sources/atlas/config.json",
            {"name": "atlas", "type": "mongodb-atlas", "config": {}},
        )
        collection = folder / "data_sources/atlas/demo/texts"
        put(collection / "rules.json", {"database": "demo", "collection": "texts", "roles": ROLES})
        put(collection / "schema.json", SCHEMA)
        put(collection / "relationships.json", {})
        put(folder / "functions/config.json", [{"name": name, "private": False} for name in self.functions])
        for name, source in self.functions.items():
            write(folder / "functions" / f"{name}.js", source)
        put(folder / "auth/providers.json", {})
        put(folder / "log_forwarders/all.json", {"name": "all"})
        self._rest(folder)
        return folder

    def g4(self, folder: Path) -> Path:
        put(folder / ".mdb/meta.json", {"config_version": 20230101})
        return self.g3(folder, "root_config.json", None)

    def pulled(self, file: Path) -> Path:
        """Write what the Admin API's pull answers."""
        put(
            file,
            {
                "config_version": 20210101,
                "app_id": "hotline-abcde",
                "name": "hotline app",
                "environment": "production",
                "services": [
                    service.config()
                    | {
                        "incoming_webhooks": [
                            {"name": name, **config, "function_source": source}
                            for name, (config, source) in service.webhooks.items()
                        ],
                        "rules": [{"name": name, **rule} for name, rule in service.rules.items()],
                    }
                    for service in self.services
                ],
                "values": [{"name": name, **value} for name, value in self.values.items()],
                "environments": self.environments,
                "functions": [{"name": name, "source": source} for name, source in self.functions.items()],
                "data_sources": [
                    {
                        "name": "atlas",
                        "type": "mongodb-atlas",
                        "rules": [
                            {"database": "demo", "collection": "texts", "roles": ROLES, "schema": SCHEMA}
                        ],
                    }
                ],
                "triggers": [{"name": "onInsert", "function_name": "tell"}],
            },
        )
        return file

    def single(self, file: Path, token: str) -> Path:
        """Write the one file of 2017, token inside."""
        services = {
            one.name: {"type": "twilio", "config": {"sid": one.sid, "auth_token": token}}
            for one in self.services
        }
        put(file, {"name": "hotline app", "services": services, "pipelines": [{"name": "old"}], "values": {}})
        return file

    def _service(self, folder: Path, service: Service) -> None:
        put(folder / "config.json", service.config())
        for name, (config, source) in service.webhooks.items():
            put(folder / "incoming_webhooks" / name / "config.json", {"name": name, **config})
            write(folder / "incoming_webhooks" / name / "source.js", source)
        for name, rule in service.rules.items():
            put(folder / "rules" / f"{name}.json", {"id": "6" * 24, "name": name, **rule})

    def _rest(self, folder: Path) -> None:
        for name, value in self.values.items():
            put(folder / "values" / f"{name}.json", {"name": name, **value})
        for tag, environment in self.environments.items():
            put(folder / "environments" / f"{tag}.json", environment)
        put(
            folder / "triggers/onInsert.json",
            {"name": "onInsert", "type": "DATABASE", "function_name": "tell"},
        )
        if self.secrets is not None:
            put(folder / "secrets.json", self.secrets)


LAYOUTS: dict[str, Callable[[Exported, Path], Path]] = {
    "2018": lambda app, folder: app.g1(folder / "app"),
    "2020": lambda app, folder: app.g2(folder / "app"),
    "2021": lambda app, folder: app.g3(folder / "app"),
    "2023": lambda app, folder: app.g4(folder / "app"),
    "pull": lambda app, folder: app.pulled(folder / "pull.json"),
    "zip": lambda app, folder: zipped(app.g3(folder / "app")),
}


def put(path: Path, document: Any) -> None:
    write(path, json.dumps(document, indent=4))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def zipped(folder: Path, above: str = "hotline_export/") -> Path:
    """Pack a folder as the retired service's own download was packed."""
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                packed.write(file, f"{above}{file.relative_to(folder).as_posix()}")
    return path
