"""What each picture shows."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from tests.analysis.made import ANN, BOB, OURS, texts
from twilio_nb import plots
from twilio_nb.errors import ConfigurationError

FORTNIGHTS = ["1 Jan\n2024", "15 Jan", "29 Jan", "12 Feb", "26 Feb", "11 Mar", "25 Mar", "8 Apr"]


def heights(ax: Axes) -> list[list[int]]:
    """The bars, container by container."""
    return [[round(patch.get_height()) for patch in bars] for bars in ax.containers]


def lying(ax: Axes) -> dict[str, str]:
    """What stands at the left of each bar, and what behind it."""
    names = [label.get_text() for label in ax.get_yticklabels()]
    return dict(zip(names, [text.get_text() for text in ax.texts], strict=True))


def named(ax: Axes) -> list[str]:
    """What the legend says."""
    legend = ax.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def below(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_xticklabels()]


def spread(days: int, count: int = 2) -> pd.DataFrame:
    """Texts from the first to the last of so many days."""
    start = datetime(2024, 1, 1, 12, tzinfo=UTC)
    return texts(*({"time": start + timedelta(days=(days - 1) * n // (count - 1))} for n in range(count)))


def test_volume_counts_what_came_upwards_and_what_went_downwards(day_of_texts: pd.DataFrame) -> None:
    ax = plots.volume(day_of_texts)

    assert heights(ax) == [[1, 2], [-1, -3]]
    assert named(ax) == ["received 3", "sent 4"]
    assert below(ax) == ["1 Jan\n2024", "2 Jan"]


def test_a_day_in_the_zone_of_the_reader_is_drawn_by_its_hours(day_of_texts: pd.DataFrame) -> None:
    ax = plots.volume(day_of_texts, tz="Europe/Vienna")

    assert ax.get_title(loc="left") == "Texts an hour"
    assert ax.get_xlabel() == "hour of 2024-01-02 (Europe/Vienna)"
    assert heights(ax)[0][:4] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("days", "period", "bars", "labels"),
    [
        (2, "day", 2, ["1 Jan\n2024", "2 Jan"]),
        (40, "day", 40, ["1 Jan\n2024", "8 Jan", "15 Jan", "22 Jan", "29 Jan", "5 Feb"]),
        (100, "day", 100, FORTNIGHTS),
        (101, "week", 15, FORTNIGHTS),
        (200, "week", 29, ["Jan\n2024", "Feb", "Mar", "Apr", "May", "Jun", "Jul"]),
        (730, "week", 105, ["Jan\n2024", "Apr", "Jul", "Oct", "Jan\n2025", "Apr", "Jul", "Oct"]),
        (731, "month", 24, ["Jan\n2024", "Apr", "Jul", "Oct", "Jan\n2025", "Apr", "Jul", "Oct"]),
        (3_000, "month", 99, [str(year) for year in range(2024, 2033, 2)]),
        (20_000, "year", 55, ["2024", "2034", "2044", "2054", "2064", "2074"]),
    ],
)
def test_long_times_are_drawn_in_longer_bars(days: int, period: str, bars: int, labels: list[str]) -> None:
    ax = plots.volume(spread(days))

    assert ax.get_title(loc="left") == f"Texts a {period}"
    assert ax.get_ylabel() == f"texts a {period}"
    assert len(heights(ax)[0]) == bars
    assert sum(heights(ax)[0]) == 2
    assert below(ax) == labels


def test_a_heatmap_has_mondays_on_top_and_nothing_where_nothing_was(day_of_texts: pd.DataFrame) -> None:
    ax = plots.heatmap(day_of_texts)

    shown = ax.collections[0].get_array()
    assert shown is not None
    counts = np.ma.filled(shown, 0).reshape(7, 24)
    assert (counts[0, 23], counts[1, 0], counts[1, 1], counts[1, 2], counts.sum()) == (2, 1, 1, 3, 7)
    assert np.ma.count(shown) == 4
    assert ax.get_ylim() == (7, 0)
    assert [label.get_text() for label in ax.get_yticklabels()][::6] == ["Mon", "Sun"]


@pytest.mark.parametrize(("direction", "count"), [("inbound", 3), ("outbound", 4), (None, 7)])
def test_a_heatmap_of_one_direction(day_of_texts: pd.DataFrame, direction: str | None, count: int) -> None:
    shown = plots.heatmap(day_of_texts, direction=direction).collections[0].get_array()

    assert shown is not None
    assert shown.sum() == count


def test_a_heatmap_knows_two_directions(day_of_texts: pd.DataFrame) -> None:
    with pytest.raises(ConfigurationError, match="none of 'in'"):
        plots.heatmap(day_of_texts, direction="in")


def test_delivery_shows_how_far_texts_came_and_failures_in_words(day_of_texts: pd.DataFrame) -> None:
    assert lying(plots.delivery(day_of_texts)) == {
        "handed to Twilio": "4  (100%)",
        "passed to the carrier": "2  (50%)",
        "delivered": "1  (25%)",
        "still on the way": "1  (25%)",
        "30003 handset unreachable": "1  (25%)",
        "no code given": "1  (25%)",
    }


def test_delivery_shows_the_most_frequent_failures_and_how_many_others() -> None:
    codes = [
        code for n, code in enumerate([*range(30001, 30008), 39999, 39998, 39997]) for _ in range(10 - n)
    ]
    sent = texts(*({"direction": "outbound-api", "status": "failed", "error_code": code} for code in codes))

    shown = lying(plots.delivery(sent))

    assert list(shown)[3:5] == ["30001 sender's queue overflowed", "30002 account suspended"]
    assert list(shown)[-2:] == ["39999", "2 other codes"]
    assert shown["2 other codes"] == "3  (5.5%)"


def test_read_texts_are_a_stage_where_there_are_any() -> None:
    sent = texts({"direction": "outbound-api", "status": "read"}, {"direction": "outbound-api"})

    assert lying(plots.delivery(sent))["read"] == "1  (50%)"
    assert lying(plots.delivery(sent))["delivered"] == "2  (100%)"


def test_response_times_show_shares_and_who_waits_still(day_of_texts: pd.DataFrame) -> None:
    ax = plots.response_times(day_of_texts)

    assert below(ax)[:2] == ["under\n1 s", "under\n10 s"]
    assert below(ax)[-2:] == ["7 d\nor more", "no\nanswer"]
    assert heights(ax)[0][3:6] == [33, 0, 33]
    assert [text.get_text() for text in ax.texts if text.get_text()] == ["1", "1", "1"]


def test_top_senders_are_the_busiest_first(day_of_texts: pd.DataFrame) -> None:
    ax = plots.top_senders(day_of_texts)

    assert lying(ax) == {ANN: "2  (67%)", BOB: "1  (33%)"}
    assert ax.yaxis_inverted()


def test_no_line_runs_through_the_number_behind_a_bar(day_of_texts: pd.DataFrame) -> None:
    for plot in (plots.delivery, plots.top_senders):
        assert [line for line in plot(day_of_texts).get_xgridlines() if line.get_visible()] == []


def test_masked_senders_show_four_digits(day_of_texts: pd.DataFrame) -> None:
    assert list(lying(plots.top_senders(day_of_texts, mask=True))) == ["…5309", "…1111"]


def test_few_of_many_senders_say_of_how_many(day_of_texts: pd.DataFrame) -> None:
    ax = plots.top_senders(day_of_texts, 1)

    assert ax.get_title(loc="left") == "Top 1 of 2 senders"
    assert lying(ax) == {ANN: "2  (67%)"}


@pytest.mark.parametrize("n", [0, -1, 51])
def test_as_many_senders_as_can_be_read_can_be_drawn(day_of_texts: pd.DataFrame, n: int) -> None:
    with pytest.raises(ConfigurationError, match="choose 1 to 50"):
        plots.top_senders(day_of_texts, n)


def test_opt_outs_count_once_and_returns_only_after_them() -> None:
    bodies = ["start", "Stop", "STOP ", "please stop", "START", "yes", "end"]
    heard = texts(
        *({"body": body} for body in bodies), {"body": "stop", "direction": "outbound-api"}, {"body": None}
    )

    ax = plots.opt_outs(heard)

    assert heights(ax) == [[2], [-1]]
    assert named(ax) == ["opted out 2", "came back 1"]


def test_an_opt_out_is_of_one_number_of_ours() -> None:
    ax = plots.opt_outs(
        texts({"body": "STOP"}, {"body": "STOP", "to": "+15558675311"}, {"body": "STOP", "to": OURS})
    )

    assert heights(ax)[0] == [2]


def test_opt_outs_are_drawn_over_all_days_on_which_texts_came() -> None:
    heard = spread(5).assign(body=["hi", "STOP"])

    assert heights(plots.opt_outs(heard)) == [[0, 0, 0, 0, 1], [0, 0, 0, 0, 0]]


def test_frames_with_categories_are_drawn_too(day_of_texts: pd.DataFrame) -> None:
    packed = day_of_texts.astype(dict.fromkeys(("from", "to", "direction", "status"), "category"))

    for plot in (
        plots.delivery,
        plots.heatmap,
        plots.opt_outs,
        plots.response_times,
        plots.top_senders,
        plots.volume,
    ):
        plot(packed)
