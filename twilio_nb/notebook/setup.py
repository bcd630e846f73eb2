"""Where a service is set up: a form, or text where there are no widgets."""

from typing import Any

from twilio_nb.errors import ServiceNotFound
from twilio_nb.notebook.current import services
from twilio_nb.notebook.display import Finding, Findings


def setup(name: str | None, *, has_widgets: bool) -> Any:
    """Return the form of a service, or of one to be added; or what is in order and what is not, as text.

    Parameters
    ----------
    name : str or None
        The service; None for the current one.
    has_widgets : bool
        Whether there is a kernel that widgets can talk with.

    Returns
    -------
    Config or Findings
        Each shows itself.
    """
    try:
        service = services.get(name)
    except ServiceNotFound as error:
        if not has_widgets:
            return Findings("Twilio in this notebook", [Finding("problem", str(error))])
        from twilio_nb.notebook.widgets.config import Config  # takes a while to load
        from twilio_nb.notebook.widgets.reruns import renewed

        new = f"{name!r} is new: fill in its account, then save." if name else str(error)
        form = Config(notice=new)
        if name:
            form.account.name.fill(name)
        return renewed(form)
    if has_widgets:
        return service.config()
    return Findings(f"{service.name}, account {service.definition.account_sid}", service.check())
