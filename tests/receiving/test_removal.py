"""A service that somebody removed is answered for no longer, also by a receiver whose kernel had told of it."""

import time
from typing import Any


def test_a_service_that_was_removed_is_soon_not_found_any_more(sandbox: Any) -> None:
    sandbox.registry.save_service(sandbox.definition)
    sandbox.connect()
    time.sleep(0.3)  # after which its page reads what is stored
    assert sandbox.name in sandbox.receiver.request("GET", "/", socket_name="pages.sock").body
    assert sandbox.text(sandbox.form(), "inbox").status == 200

    sandbox.registry.remove_service(sandbox.name)

    deadline = time.monotonic() + 20
    while sandbox.text(sandbox.form(), "inbox").status != 404:
        assert time.monotonic() < deadline, "it is still answered for"
        time.sleep(0.5)
