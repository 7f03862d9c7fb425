"""From create to deleted, as strict clients see it."""

from __future__ import annotations

import pytest
from tests.contract.clusters import data
from tests.contract.conftest import Api


def test_states_follow_each_other_until_healthy(api: Api) -> None:
    """A new cluster goes through no status, Pending, Provisioning, Running-UnHealthy and Running-Healthy, in 15 to 20 minutes."""
    uid = data.created(api)
    seen, seconds = [data.state(api, uid)], 0
    while seen[-1] != "Running-Healthy":
        api.clock.advance(2)
        seconds += 2
        now = data.state(api, uid)
        if now != seen[-1]:
            seen.append(now)
        assert seconds < 1300
    assert seen == ["", "Pending", "Provisioning", "Running-UnHealthy", "Running-Healthy"]
    assert 900 <= seconds <= 1202
