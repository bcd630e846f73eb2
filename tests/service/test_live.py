"""``service.live()`` is a frame of the service's texts that goes along with whatever comes, from anywhere."""

import gc
import threading
from collections.abc import Callable

import pytest

import twilio_nb
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError
from twilio_nb.service import Service

PHONE = "+15558675309"


def test_a_text_that_is_sent_stands_in_the_live_frame_at_once(service: Service) -> None:
    inbox = service.live()

    message = service.send(PHONE, "Hello")

    assert inbox.frame[["sid", "body"]].to_numpy().tolist() == [[message.sid, "Hello"]]
    assert inbox.frame.equals(service.texts())
    assert repr(inbox) == f"<twilio_nb.LiveFrame of {service.name!r}: 1 texts>"


def test_texts_that_come_in_and_statuses_that_advance_are_told(
    account: SandboxAccount, eventually: Callable[..., None]
) -> None:
    with account.service.live() as inbox:
        changes = inbox.changes()

        account.phone().text("Hello from the phone")

        eventually(lambda: "Hello from the phone" in next(changes).frame["body"].to_list())
        assert inbox.frame.equals(account.service.texts())


def test_it_has_the_columns_that_are_asked_for(service: Service) -> None:
    service.send(PHONE, "Hello")

    assert list(service.live(columns=["body", "service"]).frame.columns) == ["body", "service"]
    with pytest.raises(ConfigurationError, match="no column"):
        service.live(columns=["bodies"])


def test_closing_the_service_ends_its_live_frames(service: Service) -> None:
    gc.collect()  # frames of other tests that nobody refers to
    second = twilio_nb.connect(service.name)
    frames = [second.live(), second.live()]

    second.close()

    assert not any(frame.following for frame in frames)
    assert [thread.name for thread in threading.enumerate() if thread.name == "twilio_nb-live"] == []
    assert len(frames[0].frame) == 0
