"""What all views share, in each front end: a page that asks, a kernel that answers and tells."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screens import FrontEnd, Screens, eventually

ECHO = '''
import time
from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook.widgets.view import View, asked, asked_slowly, source

class Echo(View):
    _css = source("shared.css")
    _esm = source("shared.js") + """
    function render({ model, el }) {
      const log = element("ol", { "aria-label": "heard" });
      const status = element("p", { role: "status" });
      const line = talk(model, {
        told: (what) => log.append(element("li", {}, `told ${what.tell} ${what.n}`)),
        waiting: (late) => { status.textContent = late ? "Waiting." : "Heard."; },
      });
      const say = (text) => log.append(element("li", {}, text));
      for (const name of ["hello", "slow", "wrong", "broken"]) {
        const ask = () => line.ask(name, { text: "<b>ä</b>" })
          .then((answer) => say(answer.text), (error) => say(error.message));
        el.append(element("button", { click: ask }, name));
      }
      el.append(log, status);
      const release = keepKeys(el);
      return () => { release(); line.close(); };
    }
    export default { render };
    """

    @asked
    def hello(self, text):
        self.tell("greeting", n=len(self._pages))
        return {"text": f"heard {text}"}

    @asked_slowly
    def slow(self, text):
        time.sleep(2)
        return {"text": f"slowly {text}"}

    @asked
    def wrong(self, text):
        raise ConfigurationError("Found a, expected b.")

    @asked
    def broken(self, text):
        raise KeyError(text)

Echo()
'''


@pytest.mark.browser
@pytest.mark.parametrize("front_end", ["lab", "notebook", "voila"])
def test_a_page_asks_and_the_kernel_answers_and_tells(
    screens: Screens, page: Page, front_end: FrontEnd
) -> None:
    screens.open(page, screens.notebook(ECHO), front_end)
    heard = page.get_by_label("heard").get_by_role("listitem")

    page.get_by_role("button", name="hello").click(timeout=60_000)
    expect(heard).to_have_text(["told greeting 1", "heard <b>ä</b>"])
    page.get_by_role("button", name="slow").click()
    page.get_by_role("button", name="wrong").click()
    page.get_by_role("button", name="broken").click()
    expect(page.get_by_role("status").get_by_text("Waiting.")).to_be_visible()
    expect(heard.nth(2)).to_have_text("Found a, expected b.")
    expect(heard.nth(3)).to_have_text("That failed (KeyError); the log of the kernel says how.")
    expect(heard.nth(4)).to_have_text("slowly <b>ä</b>")
    expect(page.get_by_role("status").get_by_text("Heard.")).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_a_key_on_a_button_is_no_command_and_saving_still_is(
    screens: Screens, page: Page, front_end: FrontEnd
) -> None:
    name = screens.notebook(ECHO)
    screens.open(page, name, front_end)
    button = page.get_by_role("button", name="hello")

    button.press("Enter", timeout=60_000)
    expect(page.get_by_label("heard").get_by_role("listitem")).to_have_count(2)
    button.press("a")  # would insert a cell
    button.press("Control+Enter")  # would run the cell anew

    button.press("Control+s")
    eventually(page, lambda: "widget-view" in screens.read(name))
    expect(page.locator(".jp-CodeCell")).to_have_count(1)
    expect(page.get_by_label("heard").get_by_role("listitem")).to_have_count(2)
