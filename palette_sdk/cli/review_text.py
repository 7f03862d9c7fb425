"""A review for the terminal: side by side where there is room, one below the other where there isn't or in a pipe.

Signs say what colours say, so that nothing is lost without them: `-` as it runs, `+` as it would be, `~` both.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import typer

from palette_sdk.cli.review_model import STOPS, LayerReview, Mark, ProfileReview, Review, TextReview
from palette_sdk.cli.sides import Line, side_by_side

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 100
"""Columns from which two texts stand side by side."""

_SIGNS = {"same": " ", "changed": "~", "added": "+", "removed": "-", "skipped": " "}
_STYLES = {"same": "", "changed": "yellow", "added": "green", "removed": "red", "skipped": "dim"}


class Styled(NamedTuple):
    """A line of output and how it looks."""

    text: str
    style: str = ""


def print_review(review: Review) -> None:
    """Print a review to stdout: in colour on a terminal, plainly in a pipe."""
    if not sys.stdout.isatty():
        for line in plain_lines(review):
            typer.echo(line)
        return
    from rich.console import Console

    draw(review, Console(highlight=False))


def plain_lines(review: Review) -> Iterator[str]:
    """The review as lines of plain text, nothing cut off."""
    for line in _summary(review):
        yield line.text
    for profile, layer in review.layers:
        for line in [*_heading(profile, layer), *_marks(review, profile, layer)]:
            yield line.text
        for text in _differing(layer):
            for line in [*_title(text), *_one_below_the_other(text)]:
                yield line.text


def draw(review: Review, console: Console) -> None:
    """Draw a review on a console, in the width that it has."""
    for line in _summary(review, width=console.width):
        _print(console, line)
    for profile, layer in review.layers:
        for line in [*_heading(profile, layer), *_marks(review, profile, layer)]:
            _print(console, line)
        for text in _differing(layer):
            for line in _title(text):
                _print(console, line)
            if console.width >= WIDE and text.current and text.pending:
                _draw_sides(text, console)
            else:
                for line in _one_below_the_other(text):
                    _print(console, line)


def _print(console: Console, line: Styled) -> None:
    from rich.text import Text

    # Text, not str: brackets of a path are no markup. Folded, so that nothing is cut off.
    console.print(Text(line.text, style=line.style, overflow="fold"))


def _summary(review: Review, width: int | None = None) -> Iterator[Styled]:
    """The layers as a table, or as one line each where the table is too wide."""
    if not review.layers:
        yield Styled(f'"{review.cluster}" runs what its profiles hold; nothing waits, nothing is overridden.')
        return
    rows = [("LAYER", "PROFILE", "CHANGES", "VERSION", "OVERRIDES")]
    rows += [
        (
            layer.name,
            profile.name + versions_text(profile),
            ", ".join(layer.changes) or "none",
            version_text(layer),
            _counted(layer),
        )
        for profile, layer in review.layers
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    if width is not None and sum(widths) + 2 * len(widths) > width:
        for (name, profile, changes, version, counted), (_, layer) in zip(rows[1:], review.layers, strict=True):
            told = ", ".join(each for each in (profile, f"changes: {changes}", version, counted) if each != "-")
            yield Styled(f"{name}: {told}", "bold red" if layer.conflicts else "")
        return
    for index, row in enumerate(rows):
        text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        stops = index > 0 and review.layers[index - 1][1].conflicts
        yield Styled(text, "bold" if index == 0 else "bold red" if stops else "")


def versions_text(profile: ProfileReview) -> str:
    """The profile's version, or from which to which."""
    if profile.current_version != profile.pending_version:
        return f" {profile.current_version} -> {profile.pending_version}"
    return f" {profile.current_version}" + (" (edited in place)" if profile.edited_in_place else "")


def version_text(layer: LayerReview) -> str:
    """The version of a layer's pack, or from which to which."""
    before, after = layer.current_version, layer.pending_version
    if layer.changes == ("added",):
        return after or "-"
    if layer.changes == ("removed",) or before == after:
        return before or "-"
    return f"{before or '-'} -> {after or '-'}"


def _counted(layer: LayerReview) -> str:
    decisions = [mark.decision for mark in layer.marks]
    return ", ".join(f"{decisions.count(each)} {each}" for each in dict.fromkeys(decisions)) or "-"


def _heading(profile: ProfileReview, layer: LayerReview) -> Iterator[Styled]:
    changes = f": {', '.join(layer.changes)}" if layer.changes else ""
    yield Styled("")
    yield Styled(f"== {layer.name} ({profile.name}{versions_text(profile)}){changes}", "bold")
    if layer.hidden:
        yield Styled("   its content is secret; shown with --show-secrets", "dim")
    if not layer.base_known:
        yield Styled(unknown_base(layer), "yellow")


def unknown_base(layer: LayerReview) -> str:
    """Why each difference of an overridden layer counts."""
    return f"   what was applied last of {layer.name} isn't known here, so each difference counts as an override"


def _marks(review: Review, profile: ProfileReview, layer: LayerReview) -> Iterator[Styled]:
    for mark in layer.marks:
        if mark.decision in STOPS:
            for index, text in enumerate(conflict_lines(review, profile, layer, mark)):
                yield Styled(text, "bold red" if index == 0 else "red" if index == 1 else "")
        else:
            yield Styled(mark_line(mark), "cyan")


def mark_line(mark: Mark) -> str:
    """One override that stops nothing, in a line."""
    if mark.decision == "declared":
        return f"   override declared in the program: {mark.place} = {mark.cluster}"
    if mark.decision == "without a place" and not mark.incoming:
        return f"   override goes with its layer: {mark.place}"
    why = f", {mark.reason}" if mark.reason else ""
    return (
        f"   override {mark.decision}: {mark.place}   base {mark.base}   cluster {mark.cluster}   "
        f"incoming {mark.incoming}{why}"
    )


def conflict_lines(review: Review, profile: ProfileReview, layer: LayerReview, mark: Mark) -> list[str]:
    """A conflict with base, cluster, incoming and the ways out."""
    what = "override conflict" if mark.decision == "conflict" else "found override"
    base = mark.base if mark.base == "unknown" else f"({profile.current_version}) {mark.base}"
    path = f', path="{mark.path}"' if mark.path else ""
    resource = f', resource="{mark.resource}"' if mark.is_shared else ""
    rule = f'override_rules=[OverrideRule("keep", layer="{layer.name}"{resource}{path})]'
    reason = [f"      {mark.reason}"] if mark.reason else []
    # `palette apply` brings what waits of the attached version; another version is moved to by hand or by the program.
    apply = [
        f"   keep {mark.cluster}:  palette apply {review.cluster} --policy keep",
        f"   take {mark.incoming}:  palette apply {review.cluster} --policy drop",
    ]
    to = f" --to {review.to}" if review.to else ""
    return [
        f'   {what} on "{review.cluster}", layer {layer.name}, {mark.place} (policy {review.policy})',
        f"      base {base}      cluster runs {mark.cluster}      incoming {mark.incoming}",
        *reason,
        *([] if to else apply),
        f"   by hand:  palette review {review.cluster}{to} --edit --layer {layer.name}",
        f"   in the program:  {rule}",
    ]


def _differing(layer: LayerReview) -> list[TextReview]:
    """The texts worth drawing: of one that stays as it is, its overrides say all."""
    return [text for text in layer.texts if text.differs]


def _title(text: TextReview) -> Iterator[Styled]:
    yield Styled("")
    if not text.current:
        yield Styled(f"   {text.name}: new", "bold")
    elif not text.pending:
        yield Styled(f"   {text.name}: goes", "bold")
    else:
        yield Styled(f"   {text.name}: current and pending", "bold")


def _one_below_the_other(text: TextReview) -> Iterator[Styled]:
    for line in side_by_side(text.current, text.pending):
        if line.kind == "skipped":
            yield Styled(f"   ... {_lines(line.count)} the same", "dim")
        elif line.kind == "changed":
            yield Styled(f" - {line.left}", "red")
            yield Styled(f" + {line.right}", "green")
        else:
            yield Styled(f" {_SIGNS[line.kind]} {line.left or line.right}".rstrip(), _STYLES[line.kind])


def _draw_sides(text: TextReview, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 1), show_header=True, expand=True)
    table.add_column("", width=5, justify="right", style="dim")
    table.add_column("current", ratio=1, overflow="fold")
    table.add_column("", width=1)
    table.add_column("", width=5, justify="right", style="dim")
    table.add_column("pending", ratio=1, overflow="fold")
    for line in side_by_side(text.current, text.pending):
        if line.kind == "skipped":
            said = Text(f"... {_lines(line.count)} the same", style="dim")
            table.add_row("", said, "", "", said)
            continue
        left, right = _styles_of(line)
        table.add_row(
            str(line.left_number or ""),
            Text(line.left, style=left),
            Text(_SIGNS[line.kind], style=_STYLES[line.kind]),
            str(line.right_number or ""),
            Text(line.right, style=right),
        )
    console.print(table)


def _styles_of(line: Line) -> tuple[str, str]:
    return {"changed": ("red", "green"), "removed": ("red", ""), "added": ("", "green")}.get(line.kind, ("", ""))


def _lines(count: int) -> str:
    return f"{count} lines" if count != 1 else "1 line"
