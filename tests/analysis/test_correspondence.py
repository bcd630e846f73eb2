"""Conversations that are kept up to date are those that one finds by reading everything anew."""

from datetime import timedelta
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.made import ANN, BOB, OURS, START, texts
from twilio_nb.analysis.conversations import conversations
from twilio_nb.analysis.correspondence import Correspondence

OTHER = "+15558675399"


def text(n: int, minute: int, *, theirs: str = ANN, ours: str = OURS, out: bool = False) -> dict[str, Any]:
    ends = {"from": ours, "to": theirs} if out else {"from": theirs, "to": ours}
    return {
        "_id": f"SM{n:032x}",
        "time": START + timedelta(minutes=minute),
        "direction": "outbound-api" if out else "inbound",
        "body": f"text {n}",
        **ends,
    }


def frame_of(stored: dict[str, dict[str, Any]]) -> pd.DataFrame:
    ordered = sorted(stored.values(), key=lambda one: (one["time"], one["_id"]))
    return texts(*ordered)


def seen(found: Correspondence) -> list[tuple[Any, ...]]:
    return [
        (one.ours, one.theirs, one.texts, one.unanswered, one.last_body, one.last_inbound)
        for one in found.newest()
    ]


def counted(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    table = conversations(frame)
    return [
        (
            row["ours"],
            row["theirs"],
            row["texts"],
            row["unanswered"],
            row["last_body"],
            row["last_direction"] == "inbound",
        )
        for row in table.to_dict("records")
    ]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "put", "change", "delete"]),
        st.integers(0, 11),  # which text
        st.integers(0, 4),  # when
        st.sampled_from([ANN, BOB]),
        st.sampled_from([OURS, OTHER]),
        st.booleans(),
    ),
    max_size=14,
)


@settings(deadline=None, max_examples=60)
@given(STEPS, STEPS)
def test_they_are_the_same_whichever_way_one_gets_there(before: Any, after: Any) -> None:
    stored: dict[str, dict[str, Any]] = {}
    for _, n, minute, theirs, ours, out in before:
        stored[f"SM{n:032x}"] = text(n, minute, theirs=theirs, ours=ours, out=out)
    found = Correspondence(frame_of(stored))

    for act, n, minute, theirs, ours, out in after:
        sid = f"SM{n:032x}"
        if act == "delete":
            known = stored.pop(sid, None)
            batch, deleted = texts(), (sid,) if known else ()
        else:
            changed = {**stored[sid], "body": "changed"} if act == "change" and sid in stored else None
            stored[sid] = changed or text(n, minute, theirs=theirs, ours=ours, out=out)
            batch, deleted = texts(stored[sid]), ()
        found.apply(batch, deleted, lambda: frame_of(stored))

    everything = frame_of(stored)
    assert sorted(seen(found), key=str) == sorted(seen(Correspondence(everything)), key=str)
    assert sorted(seen(found), key=str) == sorted(counted(everything), key=str)
    assert found.waiting == sum(row[3] > 0 for row in seen(found))
    assert all(found.of(sid) == found.of(sid) is not None for sid in stored)


def test_a_new_text_does_not_look_at_the_others() -> None:
    found = Correspondence(texts(text(1, 0), text(2, 1, theirs=BOB)))

    def everything() -> pd.DataFrame:
        message = "All texts were asked for."
        raise AssertionError(message)

    changed = found.apply(
        texts(text(3, 5), text(4, 6, out=True), text(5, 7, theirs="+15550002222")), (), everything
    )

    assert [(one.theirs, one.texts, one.unanswered) for one in found.newest()] == [
        ("+15550002222", 1, 1), (ANN, 3, 0), (BOB, 1, 1)
    ]  # fmt: skip
    assert changed == {found.newest()[0].key, found.newest()[1].key}


def test_a_status_that_advances_changes_no_conversation() -> None:
    sent = text(1, 0, out=True)
    found = Correspondence(texts(sent | {"status": "queued"}))

    assert found.apply(texts(sent | {"status": "delivered"}), (), texts) == set()


def test_a_conversation_keeps_its_number_also_when_all_its_texts_went_and_one_comes_again() -> None:
    found = Correspondence(texts(text(1, 0), text(2, 1, theirs=BOB)))
    key = found.newest()[1].key

    assert found.apply(texts(), (text(1, 0)["_id"],), lambda: texts(text(2, 1, theirs=BOB))) == {key}
    assert found.get(key) is None
    found.apply(texts(text(3, 9)), (), texts)

    assert found.newest()[0].key == key


def test_a_number_is_found_as_people_write_it_and_words_are_found_in_the_newest_text() -> None:
    found = Correspondence(texts(text(1, 0), text(2, 1, theirs=BOB) | {"body": "Straße"}))

    assert [one.theirs for one in found.newest(search="(555) 867-5309")] == [ANN]
    assert [one.theirs for one in found.newest(search="STRASSE")] == [BOB]
    assert found.newest(search="nobody") == []
    assert [one.theirs for one in found.newest(waiting=True)] == [BOB, ANN]


def test_the_newest_conversation_with_an_address_is_found() -> None:
    found = Correspondence(texts(text(1, 0, ours=OTHER), text(2, 1)))

    newest = found.with_address(ANN)

    assert newest is not None
    assert newest.ours == OURS
    assert found.with_address(BOB) is None
