"""Files without people's numbers."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from tests.analysis.made import ANN, OURS, said, texts
from twilio_nb.analysis.export import export


def masked(tmp_path: Path, frame: pd.DataFrame) -> pd.DataFrame:
    return pd.read_parquet(export(frame, tmp_path / "masked.parquet", mask=True))


def test_masked_addresses_show_four_digits_at_most(tmp_path: Path) -> None:
    found = masked(tmp_path, texts({}, {"from": f"whatsapp:{ANN}"}, {"from": "MyCafe"}, {"from": "72727"}))

    assert found["from"].tolist() == ["…5309", "…5309", "…", "…2727"]
    assert set(found["to"]) == {"…5310"}
    assert OURS not in found.to_csv()


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("call +15558675309 now", "call …5309 now"),
        ("call (555) 867-5309.", "call …5309."),
        ("call 555.867.5309 or 0171/2345678", "call …5309 or …5678"),
        ("call 5 5 5 8 6 7 5 3 0 9", "call …5309"),
        ("on 12:30, 3 people, $1,250, code 123456", "on 12:30, 3 people, $1,250, code 123456"),
        ("order A12345678", "order A12345678"),
        ("\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "…"),
    ],
)
def test_masked_bodies_show_four_digits_of_numbers(tmp_path: Path, body: str, shown: str) -> None:
    assert masked(tmp_path, said(body))["body"].tolist() == [shown]


def test_numbers_are_masked_wherever_they_stand(tmp_path: Path) -> None:
    frame = said("x").assign(
        phone=15558675309.0, error_message=f"The number {ANN} is not valid.", n=12_345_678
    )
    frame[ANN] = ["by column"]

    found = masked(tmp_path, frame)

    assert found["phone"].tolist() == ["…5309"]
    assert found["error_message"].tolist() == ["The number …5309 is not valid."]
    assert found["n"].tolist() == [12_345_678]
    assert found.columns[-1] == "…5309"


def test_what_identifies_a_text_is_not_masked(tmp_path: Path) -> None:
    frame = said("x").assign(sid="SM" + "1234567890" * 3 + "12", request_id="1234567890abcdef12345678")

    found = masked(tmp_path, frame)

    assert found[["sid", "request_id"]].equals(frame[["sid", "request_id"]])
    assert found["time"].tolist() == [datetime(2024, 1, 1, 12, tzinfo=UTC)]
