"""Pictures of texts, one call each: ``twilio_nb.plots.volume(service)``.

Each takes a frame of texts or a service (`answers` what `twilio_nb.parse_choice` returns), draws on the Axes that it is
given, or on a figure of its own, and returns the Axes. A cell shows them as its last expression, without a semicolon;
``display(ax)`` shows them anywhere, ``ax.set_title("…")`` changes them, and ``ax.figure.savefig("volume.png")`` makes
a file. pyplot does not know that figure. Pictures have no background of their own, and colours that can be
read on white and on black and told apart by the colour-blind.
"""

try:
    import matplotlib as _  # noqa: F401
except ImportError as error:
    message = 'Pictures are drawn by matplotlib, which is not installed: pip install "twilio-nb[analysis]".'
    raise ImportError(message, name="matplotlib") from error

from twilio_nb.plots.periods import opt_outs, volume
from twilio_nb.plots.rankings import delivery, top_senders
from twilio_nb.plots.rhythms import heatmap, response_times
from twilio_nb.plots.surveys import answers

__all__ = ["answers", "delivery", "heatmap", "opt_outs", "response_times", "top_senders", "volume"]
