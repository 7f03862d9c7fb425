"""The rule on backups before a change of version."""

from __future__ import annotations

import pytest

from palette_sdk.errors import InputError
from palette_sdk.rules.backup_guard import LatestBackup, Mode, backup_guard, is_recent

DAY = 24 * 3600.0
NOW = "2026-05-02T12:00:00Z"
FRESH = LatestBackup("nightly-1", "2026-05-02T02:00:00Z", NOW)
OLD = LatestBackup("nightly-0", "2026-05-01T02:00:00.000Z", NOW)


@pytest.mark.parametrize(
    ("latest", "expected"),
    [
        (FRESH, True),
        (OLD, False),
        (LatestBackup("exact", "2026-05-01T12:00:00Z", NOW), True),
        (LatestBackup(), False),
        (LatestBackup("n", "2026-05-02T02:00:00Z"), False),
        (LatestBackup("offset", "2026-05-02T13:00:00+02:00", NOW), True),
    ],
)
def test_is_recent(latest: LatestBackup, expected: bool) -> None:
    """A backup counts while it is at most as old as allowed; one of unknown age doesn't."""
    assert is_recent(latest, DAY) is expected


@pytest.mark.parametrize("mode", ["warn", "backup", "require", "off"])
def test_a_recent_backup_is_enough(mode: Mode) -> None:
    """Nothing is told or refused."""
    assert backup_guard("web", "p 1.0.0 -> 1.1.0", FRESH, mode=mode, max_age_s=DAY) is None


def test_without_a_recent_backup() -> None:
    """`warn` tells, `backup` says that one is made, `require` refuses, `off` is silent."""
    found = {
        mode: backup_guard("web", "p 1.0.0 -> 1.1.0", OLD, mode=mode, max_age_s=DAY)
        for mode in ("warn", "backup", "require", "off")
    }
    assert found["off"] is None
    assert found["warn"] == (
        '"web" has no backup of the last 24 h (the latest, nightly-0, is of 2026-05-01T02:00:00.000Z), and would change: '
        "p 1.0.0 -> 1.1.0.\n"
        '  make one before it: guards=Guards(before_update="backup")   or go without: Guards(before_update="off")'
    )
    assert "a backup is made first" in str(found["backup"])
    assert isinstance(found["require"], InputError)
    assert "guards.before_update" in str(found["require"])


def test_no_backup_at_all() -> None:
    """It says that there is none."""
    told = backup_guard("web", "p 1.0.0 -> 1.1.0", LatestBackup(now=NOW), mode="warn", max_age_s=DAY)
    assert "(there is none)" in str(told)
