"""Text messages in the notebook: send with a magic, answer with a cell, read as a DataFrame.

This module is the face of the package and the place where Jupyter finds its hooks. Everything else is
imported on first use, because a server extension, a receiver and ``%load_ext`` all pass through here.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twilio_nb import plots as plots
    from twilio_nb.account import SandboxAccount
    from twilio_nb.analysis.bodies import normalize, tag
    from twilio_nb.analysis.choices import parse_choice
    from twilio_nb.analysis.contacts import merge_contacts
    from twilio_nb.analysis.export import export
    from twilio_nb.analysis.summaries import summary
    from twilio_nb.connections import connect
    from twilio_nb.credentials import secrets
    from twilio_nb.errors import TwilioNBError
    from twilio_nb.moves import import_app
    from twilio_nb.receiving.apologies import user_message
    from twilio_nb.receiving.context import context
    from twilio_nb.receiving.functions import function
    from twilio_nb.service import Service
    from twilio_nb.settings import values
    from twilio_nb.webhooks import webhook

__version__ = "0.1.0"

__all__ = [
    "SandboxAccount",
    "Service",
    "TwilioNBError",
    "__version__",
    "connect",
    "context",
    "export",
    "function",
    "import_app",
    "merge_contacts",
    "normalize",
    "parse_choice",
    "sandbox",
    "secrets",
    "summary",
    "tag",
    "user_message",
    "values",
    "webhook",
]

_HOMES = {
    "SandboxAccount": "twilio_nb.account",
    "Service": "twilio_nb.service",
    "TwilioNBError": "twilio_nb.errors",
    "connect": "twilio_nb.connections",
    "context": "twilio_nb.receiving.context",
    "export": "twilio_nb.analysis.export",
    "function": "twilio_nb.receiving.functions",
    "import_app": "twilio_nb.moves",
    "merge_contacts": "twilio_nb.analysis.contacts",
    "normalize": "twilio_nb.analysis.bodies",
    "parse_choice": "twilio_nb.analysis.choices",
    "sandbox": "twilio_nb.account",
    "secrets": "twilio_nb.credentials",
    "summary": "twilio_nb.analysis.summaries",
    "tag": "twilio_nb.analysis.bodies",
    "user_message": "twilio_nb.receiving.apologies",
    "values": "twilio_nb.settings",
    "webhook": "twilio_nb.webhooks",
}


class _Face(ModuleType):
    """The package as a module in which ``sandbox`` stays the function.

    Importing the sub-package ``twilio_nb.sandbox`` would bind its module to the same name.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        """Leave that name alone; the sub-package is found through ``sys.modules``."""
        if name != "sandbox" or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "plots":  # a module of its own, with functions named after what they draw
        return import_module("twilio_nb.plots")
    message = f"module 'twilio_nb' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, "plots"})


def load_ipython_extension(ipython: Any) -> None:
    """Register the magics; IPython calls this for ``%load_ext twilio_nb``."""
    from twilio_nb.notebook import extension
    from twilio_nb.notebook.current import services

    services.opener = lambda name, **settings: import_module("twilio_nb.connections").connect(
        name, **settings
    )
    extension.load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Take the name ``context`` back; IPython calls this for ``%unload_ext twilio_nb``."""
    from twilio_nb.notebook import extension

    extension.unload(ipython)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Name the server extension; Jupyter Server asks the package it finds enabled."""
    return [{"module": "twilio_nb.jupyter.extension"}]
