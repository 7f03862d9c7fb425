from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

import pytest

from palette_sdk.errors import LocalError
from palette_sdk.local import DataFolder, default_data_dir

FACTS = {
    "url": "http://127.0.0.1:4321",
    "api_key": "very-secret",
    "project": "Default",
    "pid": 77,
    "started": "2026-01-05T12:00:00+00:00",
    "ca_file": "",
}


def written(folder: Path, text: str, mode: int = 0o600) -> DataFolder:
    """A data folder with such an endpoint file."""
    path = folder / "endpoint.json"
    path.write_text(text)
    path.chmod(mode)
    return DataFolder(folder)


def test_default_folder_by_variable(tmp_path: Path) -> None:
    """PALETTE_LOCAL_DATA_DIR names the folder."""
    assert default_data_dir({"PALETTE_LOCAL_DATA_DIR": str(tmp_path), "XDG_DATA_HOME": "/elsewhere"}) == tmp_path


def test_default_folder_by_xdg(tmp_path: Path) -> None:
    """XDG_DATA_HOME holds the folder where no variable of our own is set."""
    assert default_data_dir({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "palette-sdk" / "local"


@pytest.mark.parametrize("base", ["", "relative/path"])
def test_default_folder_in_home(base: str) -> None:
    """Without a usable XDG_DATA_HOME the folder is below ~/.local/share."""
    assert default_data_dir({"XDG_DATA_HOME": base}) == Path.home() / ".local" / "share" / "palette-sdk" / "local"


def test_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a home folder the variable to set is named."""
    monkeypatch.setenv("HOME", "not/absolute")
    with pytest.raises(LocalError, match=r"there is no home folder .*; set PALETTE_LOCAL_DATA_DIR"):
        default_data_dir({})


def test_folder_is_private(tmp_path: Path) -> None:
    """A new data folder is its owner's alone."""
    DataFolder(tmp_path / "a" / "b").create()
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_folder_that_can_not_be_made(tmp_path: Path) -> None:
    """A data folder below a file is refused with the way out."""
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalError, match=r"can't be made: Not a directory; choose another with --data-dir"):
        DataFolder(tmp_path / "file" / "x").create()


def test_no_server_ever(tmp_path: Path) -> None:
    """An empty folder has no server and no endpoint."""
    folder = DataFolder(tmp_path)
    assert (folder.server_pid(), folder.last_endpoint(), folder.running()) == (None, None, None)


def test_endpoint_is_read(tmp_path: Path) -> None:
    """The endpoint file gives address, key, project and pid, and the key is in no repr."""
    endpoint = written(tmp_path, json.dumps(FACTS)).last_endpoint()
    assert endpoint is not None
    assert (endpoint.url, endpoint.api_key, endpoint.pid) == ("http://127.0.0.1:4321", "very-secret", 77)
    assert (endpoint.project, endpoint.data_dir, endpoint.ca_file) == ("Default", tmp_path, "")
    assert "very-secret" not in repr(endpoint)


def test_endpoint_of_a_dead_server_is_not_running(tmp_path: Path) -> None:
    """An endpoint file alone, even with the pid of a living process, is no running server."""
    folder = written(tmp_path, json.dumps(FACTS | {"pid": os.getpid()}))
    (tmp_path / "server.lock").write_text(f"{os.getpid()}\n")
    assert folder.server_pid() is None
    assert folder.running() is None


@pytest.mark.parametrize(("text", "pid"), [("4711\n", 4711), ("", 0)])
def test_lock_tells_the_living_server(tmp_path: Path, text: str, pid: int) -> None:
    """While the lock is held there is a server, and its pid is what the lock's file says, 0 when nothing yet."""
    lock = tmp_path / "server.lock"
    lock.write_text(text)
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert DataFolder(tmp_path).server_pid() == pid


def test_endpoint_of_another_server_is_not_running(tmp_path: Path) -> None:
    """While a new server starts, the endpoint file of the former one doesn't count."""
    folder = written(tmp_path, json.dumps(FACTS))
    (tmp_path / "server.lock").write_text("4711\n")
    with (tmp_path / "server.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert folder.running() is None


def test_endpoint_that_others_can_read(tmp_path: Path) -> None:
    """An endpoint file that others may read is refused with the command that mends it, without the key."""
    folder = written(tmp_path, json.dumps(FACTS), mode=0o644)
    with pytest.raises(LocalError, match=r"others may read it \(mode 0644\); run: chmod 600 ") as caught:
        folder.last_endpoint()
    assert "very-secret" not in str(caught.value)


def test_endpoint_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint file of another user is refused."""
    folder = written(tmp_path, json.dumps(FACTS))
    owner = (tmp_path / "endpoint.json").stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(LocalError, match=rf"belongs to another user \(uid {owner}\); choose a folder of your own"):
        folder.last_endpoint()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"very-secret"',
        json.dumps({"api_key": "very-secret"}),
        json.dumps(FACTS | {"pid": "77"}),
        json.dumps(FACTS | {"url": None}),
    ],
)
def test_damaged_endpoint(tmp_path: Path, text: str) -> None:
    """A damaged endpoint file is refused with what to do, and nothing of it is repeated."""
    folder = written(tmp_path, text)
    with pytest.raises(LocalError, match=r"is damaged; stop the server with `palette local stop`") as caught:
        folder.last_endpoint()
    assert "very-secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_endpoint_that_is_no_text(tmp_path: Path) -> None:
    """An endpoint file of odd bytes is damaged too."""
    path = tmp_path / "endpoint.json"
    path.write_bytes(b"\xff\xfe\x00")
    path.chmod(0o600)
    with pytest.raises(LocalError, match="is damaged"):
        DataFolder(tmp_path).last_endpoint()
