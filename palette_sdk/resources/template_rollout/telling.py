"""What a roll-out says: who goes from where to where and when, the table of variables, refusals with ways out. Pure text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from palette_sdk.resources.template_rollout.outcome import APPLIED, GONE, SKIPPED
from palette_sdk.resources.template_rollout.plan import Judgement, Link, Member, Row
from palette_sdk.rules.unknown import Unknown

LATER = "known after apply"
SECRET = "[secret]"  # noqa: S105 - what stands in place of one
NOTHING = "-"
SHOWN = 60
"""Lines of a table; a larger one ends with how many there are more."""
Windows = Mapping[str, str]
"""When each cluster may start, as a person reads it; "" where nothing starts it."""


def head(template: str, links: Sequence[Link], members: Sequence[Member]) -> str:
    """The template, and for each profile what the clusters run and what they will."""
    parts = []
    for link in links:
        to = _text(link.version)
        before = sorted({member.runs[link.name] for member in members if link.name in member.runs} - {to})
        parts.append(f"{link.name} {', '.join(before)} -> {to}" if before else f"{link.name} {to}")
    return f'template "{template}" {", ".join(parts)}'.rstrip()


def overview(
    title: str, judgement: Judgement, windows: Windows, skipped: Mapping[str, Sequence[str]] | None = None
) -> str:
    """Each cluster: what it goes from and to, and when.

    Args:
        title: what `head` gives.
        judgement: what it means.
        windows: when each cluster may start.
        skipped: clusters that are left out, with the variables they lack.
    """
    rows = [("cluster", "from -> to", "next window")]
    for name, profiles in judgement.moves.items():
        rows.append(
            (name, _moves(profiles, has_values=name in judgement.behind), _when(name, judgement, windows, skipped))
        )
    rows += [(name, "is made with what the template says", NOTHING) for name in judgement.new]
    number = len(judgement.moves) + len(judgement.new)
    text = f"{title}: {number} cluster{'s' if number != 1 else ''}\n{_columns(rows)}"
    if judgement.unknown:
        text += f"\n  variables of {', '.join(judgement.unknown)}: {LATER}"
    return text


def _when(name: str, judgement: Judgement, windows: Windows, skipped: Mapping[str, Sequence[str]] | None) -> str:
    if skipped and name in skipped:
        return f"skipped: no value for {', '.join(skipped[name])}"
    if name not in judgement.behind:
        return NOTHING
    return windows.get(name) or "none"


def _moves(profiles: Mapping[str, tuple[str, str | Unknown]], *, has_values: bool) -> str:
    if not profiles:
        return "other values" if has_values else "stays"
    return ", ".join(_move(name, before, after) for name, (before, after) in profiles.items())


def _move(name: str, before: str, after: str | Unknown) -> str:
    return f"{name} {before or 'none'} -> {_text(after) or 'none'}"


def goes_on_notice(text: str, clusters: Mapping[str, Any]) -> str:
    """What a run does about an upgrade that a former one started, and that isn't over.

    Args:
        text: the text of `upgrade_now`.
        clusters: how far each cluster was when the former run ended.
    """
    failed = sorted(name for name, row in clusters.items() if row.get("state") == "Failed")
    told = (
        f'upgrade_now "{text}" was started by a former run: nothing is started again, what is on its way is waited for'
    )
    if failed:
        those = "those" if len(failed) > 1 else "that one"
        told += f"; {', '.join(failed)} failed: another text tries {those} again at once, the next window by itself"
    return told


def variables_table(judgement: Judgement, windows: Windows) -> str:
    """The variables that are new or change, cluster by cluster; those without a good value say what to do."""
    titles = ("cluster", "variable", "old", "new", "default", "next window")
    rows = judgement.rows
    if len(rows) > SHOWN:  # those that something must be done about come first
        rows = tuple(sorted(rows, key=lambda row: not row.lack))
    return _columns([titles, *(_cells(row, windows) for row in rows)])


def missing_refusal(
    title: str, judgement: Judgement, windows: Windows, *, total: int, done: str = "nothing was changed"
) -> str:
    """Why the roll-out is refused: clusters have variables without a value.

    Args:
        title: what `head` gives.
        judgement: what it means.
        windows: when each cluster may start.
        total: how many clusters the roll-out has.
        done: what has become of the roll-out by now.
    """
    return (
        f"{title}: {_lacking(len(judgement.missing), total)}; {done}.\n"
        f"{variables_table(judgement, windows)}\n"
        '  or leave those out of this roll-out: TemplateRollout(pending="skip")'
    )


def skipped_notice(title: str, judgement: Judgement, windows: Windows, *, total: int) -> str:
    """Which clusters are left out, since they lack values."""
    return (
        f'{title}: {_lacking(len(judgement.missing), total)}; left out of this roll-out (pending="skip"): '
        f"{', '.join(judgement.missing)}. They stay as they are until they have a value.\n"
        f"{variables_table(judgement, windows)}"
    )


def _lacking(number: int, total: int) -> str:
    verb = "has" if number == 1 else "have"
    return f"{number} of {total} cluster{'s' if total != 1 else ''} {verb} variables without a value"


def _cells(row: Row, windows: Windows) -> tuple[str, ...]:
    new = "?" if row.lack else _value(row.new, row)
    what = windows.get(row.cluster) or "none"
    if row.lack:
        why = "" if row.lack == "no value" else f"{row.lack}; "
        ways = f'set variables={{"{row.variable}": ...}} on the cluster'
        what = f"{why}{'take it out of the values of the template' if row.is_common else ways}"
    return row.cluster, row.variable, _value(row.old, row), new, _value(row.default, row), what


def _value(value: str | Unknown | None, row: Row) -> str:
    if isinstance(value, Unknown):
        return LATER
    if not value:
        return NOTHING
    return SECRET if row.is_secret else _one_line(value)


def _one_line(value: str) -> str:
    first = value.splitlines()[0] if value.strip() else ""
    return f"{first[:40]}..." if len(first) > 40 or first != value else first


def _text(version: str | Unknown) -> str:
    return LATER if isinstance(version, Unknown) else version


def _columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows under each other, the first one the titles."""
    shown, more = rows[: SHOWN + 1], len(rows) - SHOWN - 1
    widths = [max(len(row[column]) for row in shown) for column in range(len(shown[0]))]
    lines = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown
    ]
    return "\n".join([*lines, f"  and {more} more"] if more > 0 else lines)


def rest(clusters: Mapping[str, Mapping[str, str]], windows: Windows) -> str:
    """The clusters not applied, with when they may go on, or why no window moves them; those over the limit are counted."""
    behind = {name: row for name, row in clusters.items() if row["state"] != APPLIED}
    told = [f"{name} {row['state']} ({_held_up(row) or _opens(windows.get(name))})" for name, row in behind.items()]
    more = [f"and {len(told) - SHOWN} more"] if len(told) > SHOWN else []
    return ", ".join([*told[:SHOWN], *more])


def _held_up(row: Mapping[str, str]) -> str:
    """Why the next window doesn't move a cluster."""
    return row["reason"] if row["state"] in {SKIPPED, GONE} else ""


def _opens(window: str | None) -> str:
    return f"next window: {window or 'none'}"


def others_notice(names: Sequence[str]) -> str:
    """Who else follows the template; those over the limit are counted only."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return (
        f"not in this roll-out, and upgraded in their windows all the same: {', '.join(names[:SHOWN])}{more}. "
        "They are neither judged nor waited for here: clusters=[...]"
    )


def started_notice(names: Sequence[str]) -> str:
    """What an upgrade now has started; those over the limit are counted only."""
    if not names:
        return "upgrade now: no cluster waits for one"
    listed = f": {', '.join(names)}" if len(names) <= SHOWN else ""
    return f"upgrade started now: {len(names)} cluster{'s' if len(names) != 1 else ''}{listed}"


def never_notice(names: Sequence[str]) -> str:
    """That nothing starts these clusters."""
    return (
        f"nothing starts {', '.join(names)}: the template has no maintenance window.\n"
        "  give it a policy: ClusterTemplate(maintenance=...), or start them now: "
        'TemplateRollout(upgrade_now="...") with any new text'
    )


def late_notice(names: Sequence[str], windows: Windows, limit: str) -> str:
    """That these clusters are not waited for, as their windows open too late."""
    told = ", ".join(f"{name} ({windows[name]})" for name in names)
    return (
        f"not waited for, since their next window opens later than the limit of {limit}: {told}.\n"
        '  they go on by themselves; start them now: upgrade_now="..." with a new text, or wait longer: timeouts='
    )
