"""Moving in from App Services, and back: ``twilio_nb.import_app`` and the commands ``import`` and ``export``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from twilio_nb.domain.markup import Markup, Shown
from twilio_nb.errors import ConfigurationError
from twilio_nb.moving.decisions import Decisions, Kind, many
from twilio_nb.moving.layout import layout
from twilio_nb.moving.plan import Plan
from twilio_nb.moving.target import Written, files, notebook_name, write
from twilio_nb.notebook.display import Finding, Findings, Table
from twilio_nb.storage.database import Database

_STATES: dict[Kind, Literal["ok", "warning", "problem"]] = {
    Kind.NEEDED: "problem",
    Kind.DAMAGED: "problem",
    Kind.LOOK: "warning",
    Kind.LEFT_OUT: "warning",
}
_NAMES = {
    Kind.NEEDED: "to do",
    Kind.LOOK: "to look at",
    Kind.DAMAGED: "could not be read",
    Kind.LEFT_OUT: "not converted",
}


class Move(Shown):
    """An app that was moved, or would be; it shows itself as what there is to do.

    Attributes
    ----------
    folder : Path
        Where it was written.
    notebook : Path
        The notebook in it.
    written : Written or None
        Which files were made, were there just so, or were left as they are; None after a dry run.
    """

    def __init__(self, plan: Plan, folder: Path, written: Written | None) -> None:
        self._plan = plan
        self.folder = folder
        self.notebook = folder / notebook_name(plan)
        self.written = written

    @property
    def report(self) -> Table:
        """Every decision: what became of it, where it stands in the export, and a sentence."""
        return Table(
            [
                {"what": line.kind.value, "where": line.place, "sentence": line.sentence}
                for line in self._plan.decisions
            ]
        )

    def _findings(self) -> Findings:
        app = self._plan.app
        webhooks = sum(len(service.webhooks) for service in app.services)
        parts = [many(len(app.services), "Twilio service"), many(webhooks, "webhook")]
        parts += [
            many(sum(len(service.rules) for service in app.services), "rule"),
            many(len(app.values), "value"),
        ]
        title = f"{app.name}: {', '.join(parts)}. The export {self._plan.export!r} has {app.layout}."
        findings = [
            Finding(_STATES[kind], f"{_NAMES[kind]} – {line.place}: {line.sentence}")
            for kind in _NAMES
            for line in self._plan.decisions.of([kind])
            if kind is not Kind.LEFT_OUT or self.written is None  # else the report has them
        ]
        if (left := len(self._plan.decisions.of([Kind.LEFT_OUT]))) and self.written is not None:
            findings.append(Finding("warning", f"{many(left, 'part')} not converted; report.md says why."))
        return Findings(title, [*findings, *self._outcome()])

    def _outcome(self) -> list[Finding]:
        if self.written is None:
            return [
                Finding(
                    "ok", f"Nothing was written; without a dry run it would be into {str(self.folder)!r}."
                )
            ]
        found = []
        if self.written.new:
            found.append(Finding("ok", f"Written into {str(self.folder)!r}: {', '.join(self.written.new)}."))
        if self.written.same:
            found.append(Finding("ok", f"There already, just so: {', '.join(self.written.same)}."))
        if self.written.kept:
            said = (
                f"Left as they are, since they differ from what would be written: "
                f"{', '.join(self.written.kept)}. For new "
                "ones name another folder (--to, or to=)."
            )
            found.append(Finding("warning", said))
        return [*found, Finding("ok", f"Next: read report.md there, then open and run {self.notebook.name}.")]

    def _text(self) -> str:
        return self._findings()._text()

    def _html(self) -> Markup:
        return self._findings()._html()


def import_app(
    export: str | Path, to: str | Path | None = None, *, environment: str | None = None, dry_run: bool = False
) -> Move:
    """Make a folder of an app that was exported from App Services: a notebook that takes its place, and a report.

    Nothing is written outside of that folder, no file is overwritten, and nothing is stored in MongoDB: running
    the notebook does that. No secret is copied, whatever the export holds.

    Parameters
    ----------
    export : str or Path
        The export: a folder, a zip, or the JSON that the Admin API's ``pull`` answered; of any generation.
    to : str or Path, optional
        The folder to write; by default ``NAME-notebook`` in the current one, NAME being the app's.
    environment : {"development", "testing", "qa", "production", ""}, optional
        The environment whose values are filled in where the app's files ask for them; by default the one that the app
        itself names.
    dry_run : bool
        Only tell what would be made.

    Returns
    -------
    Move
        What there is to do; its ``report`` has every decision.

    Raises
    ------
    ConfigurationError
        If it is no export at all, there is no such environment, or the folder cannot be written to. A damaged
        file in it is a line of the report.

    Examples
    --------
    >>> twilio_nb.import_app("hotline-export.zip")
    """
    path, wanted = _path(export), None if to is None else _path(to)
    plan = Plan.of(path, environment)
    folder = wanted or Path(f"{Path(notebook_name(plan)).stem}-notebook")
    if path.is_dir() and _path(folder).resolve().is_relative_to(path.resolve()):
        message = (
            f"The folder {str(folder)!r} lies in the export itself, which stays as it is. Name "
            f"another (--to, or to=)."
        )
        raise ConfigurationError(message)
    return Move(plan, folder, None if dry_run else write(files(plan), folder))


def _path(given: str | Path) -> Path:
    """Return a path with ``~`` filled in, that leads somewhere."""
    try:
        path = Path(given).expanduser()
        path.resolve()
    except (OSError, RuntimeError, ValueError):
        message = (
            f"{str(given)[:300]!r} leads nowhere: no path, a loop of links, or a user that is not there."
        )
        raise ConfigurationError(message) from None
    return path


class Exported(Shown):
    """What was written of what is stored here."""

    def __init__(self, folder: Path, written: Written, decisions: Decisions) -> None:
        self.folder = folder
        self.written = written
        self._decisions = decisions

    def _findings(self) -> Findings:
        title = f"The Twilio parts, as App Services laid them out in 2021, in {str(self.folder)!r}."
        findings = [
            Finding("warning", f"not in it – {line.place}: {line.sentence}") for line in self._decisions
        ]
        for names, said in ((self.written.new, "Written"), (self.written.same, "There already, just so")):
            if names:
                findings.append(Finding("ok", f"{said}: {', '.join(names)}."))
        if self.written.kept:
            said = (
                f"Left as they are, since they differ: {', '.join(self.written.kept)}. Name another folder."
            )
            findings.append(Finding("warning", said))
        return Findings(
            title, [*findings, Finding("ok", "Handlers are Python, so there is no JavaScript in it.")]
        )

    def _text(self) -> str:
        return self._findings()._text()

    def _html(self) -> Markup:
        return self._findings()._html()


def export_app(to: str | Path) -> Exported:
    """Write what is stored of services, webhooks, rules and values as an exported app.

    Parameters
    ----------
    to : str or Path
        The folder; no file in it is overwritten.

    Returns
    -------
    Exported
        What was written, and what has no place in such files.

    Raises
    ------
    ConfigurationError
        If nothing is stored, or the folder cannot be written to.
    StoreUnavailable
        If MongoDB cannot be reached.
    """
    folder, decisions = _path(to), Decisions()
    with Database.open() as database:
        contents = layout(database, folder.resolve().name, decisions)
        if len(contents) + len(decisions) == 1:
            message = (
                f"There is nothing to export: the database {database.name!r} has no service and no value. Name "
                "another with TWILIO_NB_DATABASE; what a sandbox has ends with it."
            )
            raise ConfigurationError(message)
    return Exported(folder, write(contents, folder), decisions)
