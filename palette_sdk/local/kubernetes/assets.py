"""Find the programs of a Kubernetes control plane, or build them once into the cache.

| looked for in                       | what it is                                            |
| ----------------------------------- | ----------------------------------------------------- |
| `KUBEBUILDER_ASSETS`                | a folder, as envtest has it; nothing else then        |
| the cache                           | what was built by `ensure`                            |
| `/usr/local/kubebuilder/bin`        | envtest's own place                                   |

The cache folder is named after the hash of the module files, so that nothing is built twice.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from palette_sdk.errors import LocalError

KUBERNETES = "v1.36.3"
"""Version of what is built, of `k8s.io/kubernetes` in control-plane/go.mod."""
PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
"""What a folder must hold."""
VARIABLE = "KUBEBUILDER_ASSETS"

_HERE = Path(__file__).resolve().parent
_ENVTEST = Path("/usr/local/kubebuilder/bin")
_VERSION = "k8s.io/component-base/version"
_MODULES = ("control-plane", "etcd")


def find(environ: Mapping[str, str] | None = None) -> Path | None:
    """The folder with the programs; None where they are yet to be built.

    Args:
        environ: the environment; default: the process's own.

    Raises:
        LocalError: `KUBEBUILDER_ASSETS` names a folder that lacks some.
    """
    env = os.environ if environ is None else environ
    if given := env.get(VARIABLE):
        folder = Path(given).expanduser().absolute()
        if missing := _missing(folder):
            raise LocalError(
                f"{VARIABLE} is {folder}, which lacks {', '.join(missing)}; "
                f"put {'it' if len(missing) == 1 else 'them'} there, or unset {VARIABLE} to have all of them built"
            )
        return folder
    return next((each for each in (_cache(env), _ENVTEST) if not _missing(each)), None)


def ensure(tell: Callable[[str], None], environ: Mapping[str, str] | None = None) -> Path:
    """The folder with the programs, built first where they are nowhere: about ten minutes, once.

    Args:
        tell: is told in a line what takes time.
        environ: the environment; default: the process's own.

    Raises:
        LocalError: they can't be built.
    """
    env = dict(os.environ if environ is None else environ)
    found = find(env)
    if found is not None:
        return found
    if shutil.which("go", path=env.get("PATH")) is None:
        raise LocalError(
            "a real Kubernetes needs etcd, kube-apiserver, kube-controller-manager and kube-scheduler: set "
            f"{VARIABLE} to a folder with them, or install Go 1.26 or newer (see go.dev/dl) to have them built once"
        )
    target = _cache(env)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (target.parent / ".lock").open("w") as lock:
            # Of two at the same time the second waits, and finds what the first has built.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _missing(target):
                _build(target, env, tell)
    except OSError as error:
        raise LocalError(
            f"the cache {target.parent} can't be written: {error.strerror}; set XDG_CACHE_HOME to another folder"
        ) from None
    return target


def _missing(folder: Path) -> list[str]:
    return [name for name in PROGRAMS if not os.access(folder / name, os.X_OK)]


def _cache(env: Mapping[str, str]) -> Path:
    base = Path(env["XDG_CACHE_HOME"]) if env.get("XDG_CACHE_HOME") else Path(env.get("HOME") or "/") / ".cache"
    digest = hashlib.sha256(KUBERNETES.encode())
    for module in _MODULES:
        for name in ("go.mod", "go.sum"):
            digest.update((_HERE / module / name).read_bytes())
    return base / "palette-sdk" / "kubernetes" / digest.hexdigest()[:16] / "bin"


def _build(target: Path, env: Mapping[str, str], tell: Callable[[str], None]) -> None:
    """Build everything into a temporary folder beside the target, then move it there in one step."""
    work = Path(tempfile.mkdtemp(prefix="build-", dir=target.parent))
    major, minor, _ = KUBERNETES.removeprefix("v").split(".")
    version = f"-X {_VERSION}.gitVersion={KUBERNETES} -X {_VERSION}.gitMajor={major} -X {_VERSION}.gitMinor={minor}"
    try:
        tell("building etcd (about a minute, once) ...")
        _install("etcd", work, env, "-s -w")
        (work / "server").rename(work / "etcd")
        tell(f"building the control plane of Kubernetes {KUBERNETES} (6 to 12 minutes, once) ...")
        _install("control-plane", work, env, f"-s -w {version}")
        work.chmod(0o755)
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(target)
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    tell(f"done, kept in {target}")


def _install(module: str, work: Path, env: Mapping[str, str], ldflags: str) -> None:
    # Copied: an installed package may lie where nothing can be written, and Go wants to.
    with tempfile.TemporaryDirectory(prefix="palette-go-") as place:
        folder = Path(place) / module
        shutil.copytree(_HERE / module, folder)
        done = subprocess.run(  # noqa: S603 - our own modules
            ["go", "install", "-ldflags", ldflags, "tool"],  # noqa: S607 - the person's own Go
            cwd=folder,
            env={**env, "GOBIN": str(work), "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -trimpath"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise LocalError(f"`go install` failed in {_HERE / module}: {last}")
