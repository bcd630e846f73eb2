"""An error shows what the log says of the failure."""

import json
from pathlib import Path

from twilio_nb.storage.excerpts import problems


def test_what_the_log_says_of_a_failure_are_its_errors(tmp_path: Path) -> None:
    log = tmp_path / "mongod.log"
    lines = [{"s": "I", "msg": "hello"}, {"s": "E", "msg": "No space", "attr": {"code": 28}}] + [
        {"s": "I", "msg": "shutting down"}
    ] * 20
    log.write_text("\n".join(map(json.dumps, lines)))
    assert problems(log) == 'No space: {"code": 28}'
    log.write_text("mongod: error while loading shared libraries: libcurl.so.4")
    assert "libcurl" in problems(log)
