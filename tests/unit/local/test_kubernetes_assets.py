"""Where the programs of a control plane are looked for, and how they are built once, with a stand-in for Go."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from palette_sdk.errors import LocalError
from palette_sdk.local.kubernetes import KUBERNETES, PROGRAMS, assets, ensure, find

GO = """\
#!/bin/sh
echo "$(basename "$PWD") $*" >> "$LOG"
[ -w . ] && [ -f go.mod ] || exit 9
[ "$CGO_ENABLED" = 0 ] || exit 8
case "$(basename "$PWD")" in
  {fails}) echo "go: downloading" >&2; echo "no such host" >&2; exit 1 ;;
  etcd) programs=server ;;
  *) programs="kube-apiserver kube-controller-manager kube-scheduler" ;;
esac
for each in $programs; do echo "$each" > "$GOBIN/$each"; chmod 755 "$GOBIN/$each"; done
"""


def filled(folder: Path, *, without: str = "") -> Path:
    """A folder with the programs."""
    folder.mkdir(parents=True)
    for name in PROGRAMS:
        (folder / name).touch(mode=0o755)
        if name == without:
            (folder / name).chmod(0o644)
    return folder


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine is found."""
    monkeypatch.setattr(assets, "_ENVTEST", tmp_path / "usr" / "bin")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment without Go."""
    (tmp_path / "path").mkdir()
    return {"HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "path"), "LOG": str(tmp_path / "log")}


def with_go(env: dict[str, str], fails: str = "nothing") -> dict[str, str]:
    """The environment with a stand-in for Go."""
    go = Path(env["PATH"]) / "go"
    go.write_text(GO.format(fails=fails), encoding="utf-8")
    go.chmod(0o755)
    return {**env, "PATH": f"{env['PATH']}{os.pathsep}{os.defpath}"}


def calls(env: dict[str, str]) -> list[str]:
    """What Go was asked to do, by module."""
    log = Path(env["LOG"])
    return [line.split()[0] for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []


def cache(env: dict[str, str]) -> Path:
    """Where built programs are kept."""
    return assets._cache(env)


# ---- found -----------------------------------------------------------------------------------------------------------


def test_given_folder_comes_first(tmp_path: Path, env: dict[str, str]) -> None:
    """The variable wins over the cache, and nothing else is looked at then."""
    given = filled(tmp_path / "given")
    filled(cache(env))
    assert find({**env, "KUBEBUILDER_ASSETS": str(given)}) == given
    assert find(env) == cache(env)
    assert ensure(pytest.fail, {**env, "KUBEBUILDER_ASSETS": str(given)}) == given


def test_given_folder_that_lacks_some(tmp_path: Path, env: dict[str, str]) -> None:
    """What is missing is named, with the way out; a file that can't be run is missing."""
    given = filled(tmp_path / "given", without="etcd")
    filled(cache(env))
    with pytest.raises(LocalError) as caught:
        find({**env, "KUBEBUILDER_ASSETS": str(given)})
    assert str(caught.value) == (
        f"KUBEBUILDER_ASSETS is {given}, which lacks etcd; put it there, or unset KUBEBUILDER_ASSETS to have all of them built"
    )
    with pytest.raises(LocalError, match=r"which lacks etcd, kube-apiserver, .*; put them there"):
        find({**env, "KUBEBUILDER_ASSETS": str(tmp_path / "nowhere")})


def test_other_places(tmp_path: Path, env: dict[str, str]) -> None:
    """The cache, where the person has it, then envtest's own place; else there is none."""
    assert find(env) is None
    envtest = filled(tmp_path / "usr" / "bin")
    assert find(env) == envtest
    own = {**env, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert find(own) == envtest
    filled(cache(own))
    assert str(cache(own)).startswith(str(tmp_path / "cache"))
    assert find(own) == cache(own)


def test_cache_is_of_these_modules(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version is looked for, and built, elsewhere."""
    before = cache(env)
    assert cache(env) == before
    monkeypatch.setattr(assets, "KUBERNETES", "v9.9.9")
    assert cache(env) != before


def test_version_is_that_of_the_modules() -> None:
    """What is told of the version is what is built."""
    modules = (Path(assets.__file__).parent / "control-plane" / "go.mod").read_text(encoding="utf-8")
    assert f"k8s.io/kubernetes {KUBERNETES}" in modules


# ---- built -----------------------------------------------------------------------------------------------------------


def test_no_go(env: dict[str, str]) -> None:
    """Without Go, nothing is begun, and both ways out are named."""
    with pytest.raises(LocalError) as caught:
        ensure(pytest.fail, env)
    assert "set KUBEBUILDER_ASSETS to a folder with them, or install Go" in str(caught.value)
    assert not cache(env).parent.exists()


def test_build(env: dict[str, str]) -> None:
    """Both modules are built once, what takes time is said before, and nothing else is left in the cache."""
    env, said = with_go(env), list[str]()
    built = ensure(said.append, env)
    assert built == cache(env) == find(env)
    assert sorted(each.name for each in built.iterdir()) == sorted(PROGRAMS)
    assert calls(env) == ["etcd", "control-plane"]
    assert [line.split(" (")[0] for line in said[:2]] == [
        "building etcd",
        f"building the control plane of Kubernetes {KUBERNETES}",
    ]
    assert said[2] == f"done, kept in {built}"
    assert sorted(each.name for each in built.parent.iterdir()) == [".lock", "bin"]
    assert ensure(pytest.fail, env) == built
    assert len(calls(env)) == 2


@pytest.mark.parametrize("module", ["etcd", "control-plane"])
def test_build_that_fails(env: dict[str, str], module: str) -> None:
    """Go's last word is told; nothing is half there, and the next try starts afresh."""
    with pytest.raises(LocalError) as caught:
        ensure(lambda _: None, with_go(env, fails=module))
    assert str(caught.value).startswith("`go install` failed in ")
    assert str(caught.value).endswith(f"{module}: no such host")
    assert find(env) is None
    assert [each.name for each in cache(env).parent.iterdir()] == [".lock"]
    assert find({**env, "PATH": ""}) is None
    assert ensure(lambda _: None, with_go(env)) == cache(env)


def test_half_a_folder_is_replaced(env: dict[str, str]) -> None:
    """What an older or broken build left in the way gives way."""
    filled(cache(env), without="kube-scheduler")
    (cache(env) / "odd").touch()
    built = ensure(lambda _: None, with_go(env))
    assert sorted(each.name for each in built.iterdir()) == sorted(PROGRAMS)


def test_two_at_a_time_build_once(env: dict[str, str]) -> None:
    """The second waits for the first, and finds what it has built."""
    env, found = with_go(env), list[Path]()
    threads = [threading.Thread(target=lambda: found.append(ensure(lambda _: None, env))) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [cache(env)] * 3
    assert calls(env) == ["etcd", "control-plane"]


def test_cache_that_cant_be_written(env: dict[str, str], tmp_path: Path) -> None:
    """A cache folder that can't be made is named."""
    (tmp_path / "file").touch()
    with pytest.raises(LocalError, match="can't be written"):
        ensure(lambda _: None, {**with_go(env), "XDG_CACHE_HOME": str(tmp_path / "file")})
