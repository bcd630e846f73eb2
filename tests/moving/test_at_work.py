"""The notebook that an app becomes, run as it was made, in a real kernel, with a simulated account."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.moving.exports import Exported, Service, zipped
from tests.test_notebooks import cell_with, execute, shown
from twilio_nb.moves import Move

if TYPE_CHECKING:
    from twilio_nb.storage.mongod import Mongod

Import = Callable[..., Move]

WRITTEN = """\
%%twilio_webhook saveText --service hotline --respond-result --secret hotline-saveText-address
def saveText(payload, response):
    texts = context.services.get("mongodb-atlas").db("demo").collection("texts")
    saved = texts.insert_one(payload)
    response.set_body(f"Saved your text message with _id: {saved.inserted_id}")
"""
ADDED = [
    'phone = twilio_nb.sandbox("hotline").phone()\nphone.text("Hello")',
    'phone.text("it\'s {not} $for us")',
    '{row["webhook"]: row["failed"] for row in hotline.webhooks()}',
    WRITTEN,
    "%twilio_replay saveText --failed --service hotline",
    'phone.text("Again")',
    "hotline.logs(webhook='saveText')[['status']].value_counts()",
]


@pytest.fixture
def run(place: Path, imported: Import, tmp_path: Path, mongod: "Mongod") -> list[dict[str, Any]]:
    """Import a zip, run the notebook that is made of it, and the cells of a person behind it."""
    app = Exported(services=[Service(), Service(name="my second")])
    config, source = app.services[0].webhooks["saveText"]
    condition = {"Body": {"%nin": ["it's {not} $for us"]}}
    app.services[0].webhooks["saveText"] = (
        config | {"can_evaluate": condition, "options": {"secretAsQueryParam": True}},  # WHC-14
        source,
    )
    move = imported(zipped(app.g1(place / "app")))
    document = json.loads(move.notebook.read_text())
    for number, source in enumerate(ADDED):
        cell = {"cell_type": "code", "id": f"added-{number}", "metadata": {}, "source": source}
        document["cells"].append(cell | {"execution_count": None, "outputs": []})
    longer = tmp_path / "longer.ipynb"
    longer.write_text(json.dumps(document))
    return execute(longer, tmp_path)


def test_an_imported_app_runs_keeps_texts_until_its_function_is_written_and_then_answers_them(
    run: list[dict[str, Any]],
) -> None:
    errors = [
        output for cell in run for output in cell.get("outputs", []) if output["output_type"] == "error"
    ]
    assert errors == []
    assert "tw1-service" in shown(cell_with(run, "if TRIAL"))
    assert "/twilio/service/hotline/incoming_webhook/saveText" in shown(cell_with(run, "addresses ="))
    assert "Hello" in shown(cell_with(run, "phone ="))
    assert "Saved" not in shown(cell_with(run, "phone ="))  # nobody is texted by a stub
    assert "'saveText': 1" in shown(cell_with(run, "{row["))
    assert "Saved your text message" in shown(cell_with(run, 'phone.text("Again")'))
