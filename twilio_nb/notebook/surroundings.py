"""Where a notebook runs, as far as it changes what may be asked for."""

import os
from collections.abc import Mapping

# Set by BinderHub for each server it launches, and by Kubernetes beside a service of that name.
_BINDER = (
    "BINDER_LAUNCH_HOST",
    "BINDER_REF_URL",
    "BINDER_REPO_URL",
    "BINDER_REQUEST",
    "BINDER_SERVICE_HOST",
)

NO_CREDENTIALS = (
    "This is Binder, a machine that strangers provide and that is gone tomorrow: it is no place for credentials. "
    "Use a simulated account here: account = twilio_nb.sandbox()"
)


def on_binder(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether this is Binder, where no credentials belong."""
    return any(name in environ for name in _BINDER)
