"""How the receiver's pages look, and what a browser may do with them: no script, nothing from elsewhere."""

import base64
import hashlib
from datetime import datetime

from twilio_nb.domain.markup import Markup, tag

_STYLE = Markup("""
:root{color-scheme:light dark;background:Canvas;color:CanvasText;--line:color-mix(in srgb,CanvasText 20%,Canvas);
--muted:color-mix(in srgb,CanvasText 74%,Canvas);--bad:#b3261e;--good:#1b6e2c}
@media(prefers-color-scheme:dark){:root{--bad:#ff9a90;--good:#81d394}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:0 auto;padding:1.25rem 1rem 3rem;
overflow-wrap:anywhere}
header{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline;justify-content:space-between}
h1{font-size:1.5rem;margin:0}
h2{font-size:1.15rem;margin:2rem 0 .5rem}
h3{font-size:1rem;margin:1.25rem 0 .25rem}
p{margin:.25rem 0 .5rem}
a{color:LinkText}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600}
th[scope=row]{width:11rem;min-width:6rem}
td:last-child,th:last-child{padding-right:0}
.time,.took{font-variant-numeric:tabular-nums}
.time,.took{white-space:nowrap}
.took{text-align:right}
.webhook{min-width:9rem}
@media(max-width:40rem){
.latest thead{position:absolute;clip-path:inset(50%)}
.latest tr{display:grid;grid-template-columns:1fr auto;border-bottom:1px solid var(--line);padding:.4rem 0}
.latest td{border:0;padding:0}
.latest .took{grid-area:1/2}
.latest .webhook,.latest .outcome{grid-column:1/-1}
}
.muted{color:var(--muted)}
.bad{color:var(--bad)}
.good{color:var(--good)}
label{display:block;margin:.6rem 0}
input{display:block;width:100%;margin-top:.2rem;padding:.4rem .5rem;border:1px solid var(--muted);
border-radius:4px;background:Canvas;color:CanvasText;font:13px/1.4 ui-monospace,monospace}
:focus-visible{outline:2px solid Highlight;outline-offset:1px}
""")
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def document(title: str, *content: Markup) -> str:
    """Return a whole page.

    Parameters
    ----------
    title : str
        What the browser's tab says.
    *content : Markup
        What is in its body.

    Returns
    -------
    str
        HTML, to be sent with `HEADERS`.
    """
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", title),
        tag("style", _STYLE),
    )
    return "<!DOCTYPE html>" + tag("html", head, tag("body", *content), lang="en")


def moment(time: datetime) -> Markup:
    """Return a time, in UTC, which the text around it has to say."""
    return tag("time", f"{time:%Y-%m-%d %H:%M:%S}", datetime=time.isoformat(timespec="seconds"))
