"""What all views share, where it can be seen without a browser."""

import re
from pathlib import Path

import pytest

from tests.notebook.widgets.pages import Page
from twilio_nb.notebook.widgets import view as views
from twilio_nb.notebook.widgets.view import Answer, View, asked

STATIC = Path(views.__file__).parent / "static"


def test_a_view_is_given_the_bytes_that_a_page_sends() -> None:
    class Scale(View):
        @asked
        def weigh(self, buffers: list[memoryview]) -> Answer:
            return {"bytes": sum(map(len, buffers))}

    view = Scale()

    assert Page(view).ask("weigh", [b"one", b"seven"])["bytes"] == 8
    view.close()


def test_a_failure_that_nobody_foresaw_is_logged_without_its_own_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(View):
        @asked
        def fail(self, body: str) -> Answer:
            raise ValueError(body)

    view = Broken()

    told = Page(view).ask("fail", body="my PIN is 4711")["error"]

    assert told == "That failed (ValueError); the log of the kernel says how."
    assert "ValueError" in caplog.text
    assert "in fail" in caplog.text
    assert "4711" not in caplog.text
    view.close()


def test_what_a_page_asks_for_takes_no_name_of_ipywidgets() -> None:
    with pytest.raises(TypeError, match=r"Sender\.send takes the place of a method that every widget needs"):

        class Sender(View):
            @asked
            def send(self) -> Answer:
                return None


@pytest.mark.parametrize(
    ("files", "roots"),
    [
        (("config",), r"\.twilio-nb(-form\b|\.(field|note|page-address|config-file|checklist)\b)"),
        (("inbox", "thread", "texts"), r"(\.twilio-nb)?\.inbox\b"),
        (("phone",), r"(\.twilio-nb)?\.phone\b"),
        (("sheet",), r"(\.twilio-nb)?\.sheet\b|\.twilio-nb-compose\b"),
        (("webhooks",), r"\.twilio-nb-webhooks\b"),
    ],
)
def test_the_styles_of_a_view_reach_no_other_on_the_page(files: tuple[str, ...], roots: str) -> None:
    names = {"inbox", "phone", "sheet"} - set(files)  # of others, which must not be used for a part
    for file in files:
        style = re.sub(r"/\*.*?\*/", "", (STATIC / f"{file}.css").read_text("utf-8"), flags=re.DOTALL)
        for selector in re.findall(
            r"^\s*([^@{}]+?)\s*\{", re.sub(r"@keyframes[^}]+\}\s*\}", "", style), re.MULTILINE
        ):
            for one in selector.split(",\n"):
                assert re.match(roots, one.strip()), (file, one)
                assert not names & set(re.findall(r"\.([\w-]+)", one)), (file, one)
