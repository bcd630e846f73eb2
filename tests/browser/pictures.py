"""The pictures in README.md: ``python -m tests.browser.pictures`` takes them anew, into ``notebooks/pictures``."""

import runpy
import sys
from pathlib import Path

from playwright.sync_api import Locator, expect, sync_playwright

from tests.browser.screens import FLAGS, Screens
from twilio_nb.playground import Playground

FOLDER = Path(__file__).parents[2] / "notebooks" / "pictures"
CELLS = (
    "%load_ext twilio_nb\nimport twilio_nb\naccount = twilio_nb.sandbox('library')\n"
    "_ = account.history(days=30, people=60, texts=2_000)",
    "%%twilio_webhook desk --respond-result\ndef desk(payload, response):\n"
    "    if 'open' in payload['Body']:\n        return 'We are open from 9 to 17.'\n"
    "    return 'Thank you, we will see to it.'",
    "phone = account.phone()\nphone",
    "for text in ('Hello! Are you open on Saturday?', 'Could you keep “Momo” for me? My card is in my name.'):\n"
    "    phone.text(text)",
    "inbox = account.service.inbox()\ninbox.select(phone.number)\ninbox",
)


def take(screens: Screens, folder: Path) -> list[Path]:
    """Take each picture in both themes.

    Parameters
    ----------
    screens : Screens
        JupyterLab.
    folder : Path
        Where they go, as ``NAME-light.png`` and ``NAME-dark.png``.

    Returns
    -------
    list of Path
        What was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for theme in ("light", "dark"):
        with screens.context(width=1180, height=1700) as context:
            context.new_page()
            page = context.pages[0]
            screens.open(page, screens.notebook(*CELLS), dark=theme == "dark")
            inbox, phone = (
                page.get_by_role("group", name="Inbox of library"),
                page.get_by_role("region", name="Phone"),
            )
            for widget in (inbox, phone):
                expect(widget.get_by_text("Thank you, we will see to it.").last).to_be_visible(timeout=60_000)
            expect(phone.get_by_text("typing")).to_have_count(0)
            written += [
                _picture(inbox, folder / f"inbox-{theme}.png"),
                _picture(phone, folder / f"phone-{theme}.png"),
            ]
        screens.shut_down()
    return written


def _picture(widget: Locator, path: Path) -> Path:
    widget.scroll_into_view_if_needed()
    widget.page.mouse.move(0, 0)
    widget.screenshot(path=path)
    return path


def main() -> None:
    """Take the pictures of README.md."""
    path = runpy.run_path(str(Path(__file__).parent / "chromium.py"))["find"]()
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=path, args=FLAGS) as browser,
        Playground(base_url="/user/ann/", lab=True) as playground,
    ):
        for written in take(Screens(playground, browser), FOLDER):
            sys.stdout.write(f"{written.relative_to(FOLDER.parents[1])}\n")


if __name__ == "__main__":
    main()
