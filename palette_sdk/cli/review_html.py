"""A review as one HTML page: no script, no network, nothing beside it. Every text is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from palette_sdk.cli.review_model import STOPS, LayerReview, ProfileReview, Review, TextReview
from palette_sdk.cli.review_text import conflict_lines, mark_line, unknown_base, version_text, versions_text
from palette_sdk.cli.sides import Line, side_by_side

_SIGNS = {"same": "", "changed": "~", "added": "+", "removed": "-"}
_STYLE = """
:root { color-scheme: light dark; --edge: #8884; --gone: #ff000022; --come: #00a04022; --mark: #ffb00033; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 96rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
.summary td, .summary th { border-bottom: 1px solid var(--edge); padding: .3rem .6rem; text-align: left; }
.stops { font-weight: 600; background: var(--gone); }
details { border: 1px solid var(--edge); border-radius: 6px; margin: 1rem 0; padding: .5rem 1rem; }
summary { cursor: pointer; font-weight: 600; }
pre { margin: .5rem 0; padding: .5rem .8rem; overflow-x: auto; background: var(--mark); border-radius: 4px; }
pre.conflict { background: var(--gone); }
.text { font: 13px/1.45 ui-monospace, monospace; table-layout: fixed; margin: .5rem 0 1rem; }
.text td { padding: 0 .4rem; vertical-align: top; white-space: pre-wrap; overflow-wrap: anywhere; }
.text .number { width: 3.5em; text-align: right; opacity: .55; }
.text .sign { width: 1.6em; text-align: center; }
.text th { text-align: left; padding: .2rem .4rem; }
.removed .left, .changed .left { background: var(--gone); }
.added .right, .changed .right { background: var(--come); }
.skipped td { opacity: .6; padding: .2rem .4rem; }
@media (max-width: 60rem) { .text .number { display: none; } }
""".strip()


def page(review: Review) -> str:
    """The whole page."""
    title = f"Review of {review.cluster}"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            # Even if a text got through unescaped, the page could neither run nor load anything.
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            f"<h1>{escape(title)}</h1>",
            *_summary(review),
            *(line for profile, layer in review.layers for line in _layer(review, profile, layer)),
            "</body>",
            "</html>",
            "",
        ]
    )


def _summary(review: Review) -> Iterator[str]:
    if not review.layers:
        yield "<p>It runs what its profiles hold; nothing waits, nothing is overridden.</p>"
        return
    stops = f" <strong>{review.conflicts} stop the update.</strong>" if review.conflicts else ""
    yield f"<p>Layers that change: {review.changes}. Policy for found overrides: {escape(review.policy)}.{stops}</p>"
    yield '<table class="summary">'
    yield "<tr><th>Layer</th><th>Profile</th><th>Changes</th><th>Version</th><th>Overrides</th></tr>"
    for profile, layer in review.layers:
        decisions = [mark.decision for mark in layer.marks]
        counted = ", ".join(f"{decisions.count(each)} {each}" for each in dict.fromkeys(decisions))
        cells = [
            layer.name,
            profile.name + versions_text(profile),
            ", ".join(layer.changes) or "none",
            version_text(layer),
            counted or "-",
        ]
        row = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        yield f'<tr class="stops">{row}</tr>' if layer.conflicts else f"<tr>{row}</tr>"
    yield "</table>"


def _layer(review: Review, profile: ProfileReview, layer: LayerReview) -> Iterator[str]:
    changes = f": {', '.join(layer.changes)}" if layer.changes else ""
    yield "<details open>"
    yield f"<summary>{escape(f'{layer.name} ({profile.name}{versions_text(profile)}){changes}')}</summary>"
    if layer.hidden:
        yield "<p>Its content is secret and not in this page.</p>"
    if not layer.base_known:
        yield f"<p>{escape(unknown_base(layer).strip())}.</p>"
    for mark in layer.marks:
        if mark.decision in STOPS:
            told = "\n".join(line.strip() for line in conflict_lines(review, profile, layer, mark))
            yield f'<pre class="conflict">{escape(told)}</pre>'
        else:
            yield f"<pre>{escape(mark_line(mark).strip())}</pre>"
    for text in layer.texts:
        if text.differs:
            yield from _text(text)
    yield "</details>"


def _text(text: TextReview) -> Iterator[str]:
    yield '<table class="text">'
    yield (
        f'<tr><th class="number"></th><th>{escape(text.name)}, current</th><th class="sign"></th>'
        f'<th class="number"></th><th>{escape(text.name)}, pending</th></tr>'
    )
    for line in side_by_side(text.current, text.pending):
        yield _line(line)
    yield "</table>"


def _line(line: Line) -> str:
    if line.kind == "skipped":
        return f'<tr class="skipped"><td colspan="5">... {line.count} lines the same</td></tr>'
    return (
        f'<tr class="{line.kind}"><td class="number">{line.left_number or ""}</td>'
        f'<td class="left">{escape(line.left)}</td><td class="sign">{_SIGNS[line.kind]}</td>'
        f'<td class="number">{line.right_number or ""}</td><td class="right">{escape(line.right)}</td></tr>'
    )
