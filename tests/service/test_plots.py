"""A service is drawn as its texts are."""

from datetime import UTC, datetime, timedelta

import pytest
from matplotlib.axes import Axes

from twilio_nb import plots
from twilio_nb.errors import ConfigurationError
from twilio_nb.service import Service


def png(ax: Axes) -> bytes:
    """The picture as a notebook gets it."""
    data, _ = ax._repr_mimebundle_()  # type: ignore[attr-defined]
    image: bytes = data["image/png"]
    return image


@pytest.fixture
def texted(service: Service) -> Service:
    """Provide a service with texts of two days."""
    service.database.collection("messages").insert_many(
        {"_id": f"{service.name}-{n}", "service": service.name, "time": time}
        | {
            "from": "+15558675309",
            "to": "+15558675310",
            "direction": direction,
            "body": "STOP",
            "status": status,
        }
        for n, (direction, status) in enumerate([("inbound", "received"), ("outbound-api", "delivered")])
        for time in [datetime(2024, 1, 1, 23, tzinfo=UTC) + timedelta(hours=n)]
    )
    return service


@pytest.mark.parametrize("name", [name for name in plots.__all__ if name != "answers"])
def test_a_service_and_its_frame_give_the_same_picture(texted: Service, name: str) -> None:
    plot = getattr(plots, name)
    zone = {"tz": "Europe/Vienna"} if name in ("volume", "heatmap", "opt_outs") else {}

    assert png(plot(texted, **zone)) == png(plot(texted.texts(), **zone))
    assert png(plot(texted, **zone)) != png(plot(texted.texts(limit=0), **zone))


def test_a_service_has_no_answers_until_its_texts_are_read(texted: Service) -> None:
    with pytest.raises(ConfigurationError, match="parse_choice"):
        plots.answers(texted)  # type: ignore[arg-type]


def test_the_window_is_looked_for_in_the_store(texted: Service) -> None:
    ax = plots.volume(texted, until=datetime(2024, 1, 2, tzinfo=UTC))

    assert ax.get_title(loc="left") == "Texts an hour"
    assert png(ax) == png(plots.volume(texted.texts().iloc[:1]))
