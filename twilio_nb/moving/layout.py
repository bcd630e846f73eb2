"""The way back: what is stored here of Twilio, as the folder of an app in App Services' layout of 2021.

That is the newest one in which Twilio services have a place. Handlers are Python, so there is no JavaScript in it.
"""

from collections.abc import Iterator, Sequence

from twilio_nb.domain.configuration import files
from twilio_nb.domain.configuration import values as of_values
from twilio_nb.domain.configuration.rules import RuleConfiguration
from twilio_nb.domain.configuration.services import ServiceConfiguration
from twilio_nb.domain.configuration.webhooks import WebhookConfiguration
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.values import ENVIRONMENTS, ValueDefinition
from twilio_nb.errors import ConfigurationError
from twilio_nb.moving.decisions import Decisions, Kind
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry
from twilio_nb.storage.rules import StoredRules
from twilio_nb.storage.values import StoredValues, environment_tag

_VERSION = 20210101
_RULES = "rules"


def layout(database: Database, name: str, decisions: Decisions) -> dict[str, str]:
    """Return the files of an app.

    Parameters
    ----------
    database : Database
        What is stored.
    name : str
        The app's name.
    decisions : Decisions
        Where it is noted what has no place in such files.

    Returns
    -------
    dict
        Path of each file to its content, always the same for the same definitions; of secrets the names only.
    """
    tag = environment_tag()
    app = {"config_version": _VERSION, "name": name} | ({"environment": tag} if tag else {})
    found = {"realm_config.json": app}
    for service in Registry(database).services():
        try:
            of_service = dict(_service(database, service, decisions))
        except ConfigurationError as error:
            decisions.say(Kind.LEFT_OUT, f"services/{service.name}", str(error))
        else:
            found |= of_service
    values = StoredValues(database).all()
    for value in values:
        if value.environment is None:
            found[f"values/{value.name}.json"] = of_values.to_config(value)
    for tag in ENVIRONMENTS:
        if ours := [value for value in values if value.environment == tag]:
            found[f"environments/{tag or of_values.NO_ENVIRONMENT}.json"] = _environment(ours)
    return {path: files.write(document) for path, document in found.items()}


def _environment(values: Sequence[ValueDefinition]) -> dict[str, object]:
    return of_values.environment_to_config(values)


def _service(
    database: Database, service: ServiceDefinition, decisions: Decisions
) -> Iterator[tuple[str, dict[str, object]]]:
    above = f"services/{service.name}"
    yield f"{above}/config.json", ServiceConfiguration.of(service).to_config()
    for webhook in Registry(database).webhooks(service.name):
        try:
            read = WebhookConfiguration.of(webhook)
        except ConfigurationError as error:
            decisions.say(Kind.LEFT_OUT, f"{above}/incoming_webhooks/{webhook.name}", str(error))
        else:
            yield f"{above}/incoming_webhooks/{webhook.name}/config.json", read.to_config()
            if webhook.run_as_user_id is not None:
                said = (
                    f"The user {webhook.run_as_user_id!r}, as whom it runs: only the name is in the file, so wherever "
                    "it is imported, it runs as the notebook does until --run-as says otherwise."
                )
                decisions.say(Kind.LEFT_OUT, f"{above}/incoming_webhooks/{webhook.name}", said)
    for rule in StoredRules(database).of(service.name):
        yield f"{above}/{_RULES}/{rule.name}.json", RuleConfiguration.of(rule).to_config()
