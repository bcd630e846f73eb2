"""``services/<service>/incoming_webhooks/<name>/config.json``: a webhook, without its function."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from twilio_nb.domain.configuration import conditions, files
from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.domain.extended import extended
from twilio_nb.domain.paths import check_secret_name
from twilio_nb.errors import ConfigurationError

_OPTIONS = ("httpMethod", "validationMethod", "secret_name")
_IN_ADDRESS = "SECRET_AS_QUERY_PARAM"
_MOST_LETTERS = 56  # of the 64 that a name may have, less the ending
_METHODS = ("GET", "POST", "ANY", "*")
_FALSE_OR_TRUE = (
    "run_as_authed_user",
    "disable_arg_logs",
    "fetch_custom_user_data",
    "create_user_on_auth",
    "disabled",
)
_KNOWN = (
    *("name", "run_as_user_id", "run_as_user_id_script_source", "can_evaluate", "options", "respond_result"),
    *("run_as_system", "private", "function_source", *_FALSE_OR_TRUE),
)


@dataclass(frozen=True)
class WebhookConfiguration:
    """What a webhook's `config.json` says.

    Attributes
    ----------
    name : str
        The webhook's name, as it can be used here.
    respond_result : bool
        Whether what the function answers is texted back.
    can_evaluate : object
        The condition under which it runs, in the expression language; None where the file has none, so always.
    run_as_user_id, run_as_user_id_script_source : str or None
        The user it ran as, or the script that named the user; empty for neither, None where the file has no such key.
        Of both in one file nobody knows which counted.
    run_as_authed_user, fetch_custom_user_data, create_user_on_auth : bool or None
        What needs a user who logs in, as Twilio never does.
    disable_arg_logs : bool or None
        Whether the text is left out of the log.
    disabled : bool or None
        Whether it is paused.
    options : mapping or None
        ``httpMethod``, ``validationMethod``, and ``secret_name``, as HTTPS endpoints named theirs. A secret in clear,
        ``secret``, is not kept.
    notes : tuple of str
        Sentences on what was changed, and on what means nothing here.

    Notes
    -----
    https://www.mongodb.com/docs/atlas/app-services/reference/config/v20210101/http_endpoints/

    Examples
    --------
    >>> WebhookConfiguration.from_config({"name": "saveText", "respond_result": True}).definition("hotline").key
    'hotline/saveText'
    """

    name: str
    respond_result: bool = False
    can_evaluate: Any = None
    run_as_authed_user: bool | None = None
    run_as_user_id: str | None = None
    run_as_user_id_script_source: str | None = None
    options: Mapping[str, str] | None = None
    disable_arg_logs: bool | None = None
    fetch_custom_user_data: bool | None = None
    create_user_on_auth: bool | None = None
    disabled: bool | None = None
    notes: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def from_config(cls, document: Mapping[str, Any]) -> Self:
        """Read a webhook.

        Parameters
        ----------
        document : mapping
            The file's content; also one of the older forms, with ``run_as_system`` and ``secretAsQueryParam``.

        Returns
        -------
        WebhookConfiguration
            What it says.

        Raises
        ------
        ConfigurationError
            If it has no name, or its condition is neither a truth nor an object, so that nobody knows what it allows.
        """
        name, notes = files.named(document, "webhook")
        condition = conditions.read(document, "can_evaluate", f"the webhook {name!r}")
        user, script = (files.wording(document, f"run_as_user_id{end}") for end in ("", "_script_source"))
        if document.get("run_as_system") is True and (user or script):
            user, script = "", ""
            notes.append("It ran as the system, in spite of the user that it names too.")
        options = _options(document, notes)
        notes += _meaningless(document, user, script)
        return cls(
            name,
            document.get("respond_result") is True,
            condition,
            run_as_user_id=user,
            run_as_user_id_script_source=script,
            options=options,
            notes=(*notes, *files.unknown(document, _KNOWN)),
            **{key: files.truth(document, key) for key in _FALSE_OR_TRUE},
        )

    @classmethod
    def of(cls, definition: WebhookDefinition) -> Self:
        """Return what the file of a webhook says; how many texts at a time and how long have no place in it.

        Raises
        ------
        ConfigurationError
            If its condition is a Python function, or one chooses its user: without it, it would do more than it may.
        """
        condition = conditions.written(definition.can_evaluate, f"the webhook {definition.name!r}")
        user = definition.run_as_user_id or ""
        if user.endswith("()"):
            message = (
                f"The user that the webhook {definition.name!r} runs as is named by a Python function, {user}, for "
                "which a file has no place; name one user."
            )
            raise ConfigurationError(message)
        return cls(
            definition.name,
            definition.respond_result,
            condition,
            run_as_authed_user=False,
            run_as_user_id=user,
            run_as_user_id_script_source="",
            options=_asking_for(definition.secret),
            disable_arg_logs=definition.disable_arg_logs,
            disabled=None if definition.enabled else True,
        )

    def definition(self, service: str) -> WebhookDefinition:
        """Return the webhook of a service; neither as whom it ran is in it, nor that its texts were logged."""
        condition = {} if self.can_evaluate is None else self.can_evaluate
        return WebhookDefinition(
            service,
            self.name,
            respond_result=self.respond_result,
            enabled=not self.disabled,
            can_evaluate=condition,
            secret=self.secret(service),
        )

    def secret(self, service: str) -> str | None:
        """Return the name of the secret that the webhook of a service asks for in its address.

        Where the file has none, or had the secret itself, it is made of both names: the webhook is none that asks for
        nothing. None if it asks for nothing.

        Examples
        --------
        >>> asking = {"name": "vote", "options": {"secretAsQueryParam": True}}
        >>> WebhookConfiguration.from_config(asking).secret("hotline")
        'hotline-vote-address'
        """
        options = self.options or {}
        if options.get("validationMethod") != _IN_ADDRESS:
            return None
        both = f"{service}-{self.name}".lstrip("_-")[:_MOST_LETTERS] or "webhook"
        return options.get("secret_name") or f"{both}-address"

    def to_config(self) -> dict[str, Any]:
        """Return the file's content, with the keys that were in the file that it was read from."""
        document = {
            "name": self.name,
            "run_as_authed_user": self.run_as_authed_user,
            "run_as_user_id": self.run_as_user_id,
            "run_as_user_id_script_source": self.run_as_user_id_script_source,
            "can_evaluate": extended(self.can_evaluate),
            "options": None if self.options is None else dict(self.options),
            "respond_result": self.respond_result,
            "disable_arg_logs": self.disable_arg_logs,
            "fetch_custom_user_data": self.fetch_custom_user_data,
            "create_user_on_auth": self.create_user_on_auth,
            "disabled": self.disabled,
        }
        return {key: value for key, value in document.items() if value is not None}


def _options(document: Mapping[str, Any], notes: list[str]) -> dict[str, str] | None:
    if document.get("options") is None:
        return None
    given = files.part(document, "options")
    options = {key: word for key in _OPTIONS if (word := files.wording(given, key))}
    if given.get("secretAsQueryParam") is True:
        options["validationMethod"] = _IN_ADDRESS
    asks = options.get("validationMethod") == _IN_ADDRESS
    if "secret_name" in options:
        try:
            check_secret_name(options["secret_name"])
        except ConfigurationError:  # perhaps it is the secret
            del options["secret_name"]
            notes.append("The name of its secret cannot be one here; it has another.")
    if given.get("secret"):
        what = "keep one by its name, with twilio_nb.secrets.set" if asks else "nothing here asks for it"
        notes.append(f"Its secret stands in the file in clear; take it out. It is not taken over: {what}.")
    if (method := options.get("httpMethod", "ANY")) not in _METHODS:
        notes.append(f"It took {method!r}, which Twilio never uses; here it takes POST and GET.")
    if options.get("validationMethod", "NO_VALIDATION") not in ("NO_VALIDATION", _IN_ADDRESS):
        notes.append(
            f"{options['validationMethod']!r} means nothing here: Twilio's signature is always checked."
        )
    return options


def _asking_for(secret: str | None) -> dict[str, str] | None:
    return None if secret is None else {"validationMethod": _IN_ADDRESS, "secret_name": secret}


def _meaningless(document: Mapping[str, Any], user: str | None, script: str | None) -> list[str]:
    """Return notes on what has no effect here, or not the one it had."""
    notes = []
    if "respond_result" not in document:
        notes.append("It does not say whether it texts back, so it does not.")
    if user or script:
        whom = "a user of the app" if user else "the user that a script named"
        notes.append(f"It ran as {whom}; users of an app do not move, so it runs as the notebook does.")
    if user and script:
        notes.append("It names both a user and a script, of which only one could be meant.")
    if document.get("run_as_authed_user") is True:
        notes.append(
            "It ran as whoever logged in with the request. Twilio logs nobody in, so no text ever got there."
        )
    elif document.get("fetch_custom_user_data") is True or document.get("create_user_on_auth") is True:
        notes.append("'fetch_custom_user_data' and 'create_user_on_auth' mean nothing where nobody logs in.")
    if document.get("disable_arg_logs") is False:
        notes.append(
            "Words and numbers of its texts stay out of the log, though 'disable_arg_logs' is false; see --arg-logs."
        )
    if document.get("private") is True:
        notes.append("'private' means nothing here: a notebook has no clients.")
    return notes
