"""Names by which texts and log entries are asked for: one that is misspelt would find nothing, silently."""

from collections.abc import Iterable
from difflib import get_close_matches

from twilio_nb.domain.paths import INBOX, check_name
from twilio_nb.domain.statuses import Status
from twilio_nb.errors import ConfigurationError, WebhookNotFound
from twilio_nb.storage.database import Database
from twilio_nb.storage.failures import translated
from twilio_nb.storage.registry import Registry


def check_webhook(database: Database, service: str, name: str) -> None:
    """Do nothing if a webhook is defined, or something is stored of it.

    Parameters
    ----------
    database : Database
        Where the service's texts are.
    service, name : str
        The service, and the webhook.

    Raises
    ------
    WebhookNotFound
        If there neither is one nor was.
    StorageError
        If MongoDB refused, or was away.
    """
    if Registry(database).webhook(service, name) is not None:
        return
    with translated():  # without a deadline: who looks for texts has read all of them just now, too
        for collection in ("logs", "messages"):
            if database.collection(collection).find_one({"service": service, "webhook": name}, ["_id"]):
                return
    raise unknown_webhook(database, service, name)


def unknown_webhook(database: Database, service: str, name: str) -> WebhookNotFound:
    """Return the error for a webhook that is not defined.

    Parameters
    ----------
    database : Database
        Where the service is stored.
    service, name : str
        The service, and the webhook.

    Returns
    -------
    WebhookNotFound
        It lists those there are, and names the nearest.

    Raises
    ------
    ConfigurationError
        If it can be the name of none.
    """
    check_name(name, "webhook")
    names = [INBOX, *sorted(one.name for one in Registry(database).webhooks(service))]
    message = f"{service} has no webhook {name!r}; it has: {', '.join(names)}.{_meant(name, names)}"
    return WebhookNotFound(message)


def check_statuses(database: Database, service: str, asked: Iterable[str]) -> None:
    """Do nothing if statuses are Twilio's, or texts have them, since Twilio may have new ones.

    Parameters
    ----------
    database : Database
        Where the service's texts are.
    service : str
        The service.
    asked : iterable of str
        The statuses.

    Raises
    ------
    ConfigurationError
        If there is no such status.
    StorageError
        If MongoDB refused, or was away.
    """
    known = [status.value for status in Status]
    for status in asked:
        if status in known:
            continue
        with translated():
            if database.collection("messages").find_one({"service": service, "status": status}, ["_id"]):
                continue
        message = f"No text has the status {status!r}; there are: {', '.join(known)}.{_meant(status, known)}"
        raise ConfigurationError(message)


def _meant(name: str, known: Iterable[str]) -> str:
    folded = {one.lower(): one for one in known}
    nearest = get_close_matches(name.lower(), folded, n=1)
    return f" Did you mean {folded[nearest[0]]!r}?" if nearest else ""
