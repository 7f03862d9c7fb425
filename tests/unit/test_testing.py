from __future__ import annotations

import json
import threading
import urllib.request
from pathlib import Path

import pytest

from palette_sdk.client import Palette
from palette_sdk.errors import LocalError
from palette_sdk.testing import local_palette


def threads() -> list[str]:
    """Names of the threads that serve."""
    return [each.name for each in threading.enumerate() if each.name == "local-palette"]


def test_it_answers_clients() -> None:
    """Inside the block a client with its settings gets answers; afterwards no thread is left."""
    with local_palette() as palette:
        client = Palette(palette.settings())
        assert palette.project in client.projects.list()
        client.close()
        assert threads() == ["local-palette"]
    assert threads() == []


def test_the_clock_moves_by_hand_only() -> None:
    """Without a speed the clock stands at a fixed moment and moves by `advance`."""
    with local_palette() as palette:
        assert palette.admin.clock()["now"] == "2026-01-05T12:00:00.000Z"
        palette.advance(90)
        assert palette.admin.clock()["now"] == "2026-01-05T12:01:30.000Z"


def test_with_a_speed_the_clock_runs() -> None:
    """With a speed the clock runs so fast."""
    with local_palette(speed=1000) as palette:
        assert palette.admin.clock()["speed"] == 1000


def test_two_at_once() -> None:
    """Two blocks are two control planes, with ports and keys of their own."""
    with local_palette() as one, local_palette() as two:
        assert one.url != two.url
        assert one.api_key != two.api_key
        assert one.admin.info()["project"]["uid"] != two.admin.info()["project"]["uid"]


def test_state_is_kept_in_a_given_folder(tmp_path: Path) -> None:
    """With a data folder the next block goes on where the last one ended."""
    with local_palette(data_dir=tmp_path) as palette:
        before = palette.admin.info()["project"]
        palette.advance(3600)
    with local_palette(data_dir=tmp_path) as palette:
        assert palette.admin.info()["project"] == before
        assert palette.admin.clock()["now"] == "2026-01-05T13:00:00.000Z"


def test_the_environment_reaches_it() -> None:
    """`environment` names host and key as programs want them; `repr` shows no key."""
    with local_palette(api_key="very-secret") as palette:
        request = urllib.request.Request(
            palette.environment["SPECTROCLOUD_HOST"] + "/v1/dashboard/projects/metadata",
            headers={"ApiKey": palette.environment["SPECTROCLOUD_APIKEY"]},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer)["items"][0]["metadata"]["name"] == "Default"
        assert "very-secret" not in repr(palette)


def test_tls(tmp_path: Path) -> None:
    """With TLS its settings trust its certificate."""
    with local_palette(tls=True, data_dir=tmp_path) as palette:
        assert palette.url.startswith("https://127.0.0.1:")
        client = Palette(palette.settings())
        assert "Default" in client.projects.list()
        client.close()


def test_failing_start(tmp_path: Path) -> None:
    """A folder whose database is damaged is a clear error, and leaves no thread."""
    (tmp_path / "palette.db").write_text("no database")
    with pytest.raises(LocalError, match="can't be used"), local_palette(data_dir=tmp_path):
        pytest.fail("it must not start")
    assert threads() == []


def test_an_error_in_the_block_ends_it_too() -> None:
    """An error that leaves the block is passed on, and the server ends."""
    with pytest.raises(ZeroDivisionError), local_palette():
        _ = 1 / 0
    assert threads() == []
