"""What all views share, where it can be seen without a browser."""

import pytest

from tests.notebook.widgets.pages import Page
from twilio_nb.notebook.widgets.view import Answer, View, asked


def test_a_view_is_given_the_bytes_that_a_page_sends() -> None:
    class Scale(View):
        @asked
        def weigh(self, buffers: list[memoryview]) -> Answer:
            return {"bytes": sum(map(len, buffers))}

    view = Scale()

    assert Page(view).ask("weigh", [b"one", b"seven"])["bytes"] == 8
    view.close()


def test_what_a_page_asks_for_takes_no_name_of_ipywidgets() -> None:
    with pytest.raises(TypeError, match=r"Sender\.send takes the place of a method that every widget needs"):

        class Sender(View):
            @asked
            def send(self) -> Answer:
                return None
