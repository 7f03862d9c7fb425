"""Find a Pulumi engine, or build one once into the cache, and print the folder to put on PATH.

Where `pulumi` and `pulumi-language-python` are on PATH already, those are used and nothing is printed.
Otherwise both are built from the pinned Go modules beside this file; no release page is needed, only Go's module proxy.
The cache folder is named after the hash of the module files, so that a fresh clone does not build again.

Usage: install.py [--print-only]
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENGINE = "v3.259.0"
"""Version of the engine, of `pkg/v3` in pulumi/go.mod and of the two scripts taken from the SDK's module."""

SCRIPTS = {
    "python/cmd/pulumi-language-python-exec": "pulumi-language-python-exec",
    "python/dist/pulumi-resource-pulumi-python": "pulumi-resource-pulumi-python",
}


def cache_folder() -> Path:
    """Where this engine lives once it is built."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(ENGINE.encode())
    for name in ("pulumi/go.mod", "pulumi/go.sum", "python-host/go.mod", "python-host/go.sum"):
        digest.update((HERE / name).read_bytes())
    return base / "palette-sdk" / "engine" / digest.hexdigest()[:16] / "bin"


def found_on_path(own: Path) -> bool:
    """Whether the person's own engine can be used: the CLI and its Python language host, outside our cache."""
    folders = [f for f in os.environ.get("PATH", "").split(os.pathsep) if f and Path(f) != own]
    path = os.pathsep.join(folders)
    return all(shutil.which(name, path=path) for name in ("pulumi", "pulumi-language-python"))


def go(module: str, *args: str, env: dict[str, str] | None = None) -> str:
    """Run the go command in one of the two modules; its output, or a clear end."""
    done = subprocess.run(
        ["go", *args],
        cwd=HERE / module,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"engine set-up: `go {args[0]} ...` failed in {HERE / module}; its message stands above.")
    return done.stdout


def build(target: Path) -> None:
    """Build everything into a temporary folder beside the target, then move it there in one step."""
    if shutil.which("go") is None:
        sys.exit(
            "engine set-up: neither `pulumi` nor `go` is on PATH. Install Pulumi (see pulumi.com/docs/install), "
            "or Go 1.26 or newer (see go.dev/dl) to have it built once."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="build-", dir=target.parent))
    try:
        out = {"GOBIN": str(work), "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -trimpath"}
        print("engine set-up: building the Python language host (about half a minute) ...", file=sys.stderr)
        go("python-host", "install", "-ldflags", "-s -w", "tool", env=out)
        print(f"engine set-up: building pulumi {ENGINE} (3 to 8 minutes, once) ...", file=sys.stderr)
        version = f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={ENGINE}"
        go("pulumi", "install", "-ldflags", f"-s -w {version}", "tool", env=out)
        sdk = json.loads(go("pulumi", "mod", "download", "-json", f"github.com/pulumi/pulumi/sdk/v3@{ENGINE}"))
        for source, name in SCRIPTS.items():
            shutil.copyfile(Path(sdk["Dir"]) / source, work / name)
            (work / name).chmod(0o755)
        work.chmod(0o755)
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"engine set-up: done, kept in {target}", file=sys.stderr)


def main() -> None:
    """Print the folder of the engine, or nothing when the one on PATH serves."""
    target = cache_folder()
    if found_on_path(target):
        return
    if not (target / "pulumi").exists():
        if "--print-only" in sys.argv[1:]:
            sys.exit("engine set-up: not built yet; run `make setup` first.")
        target.parent.mkdir(parents=True, exist_ok=True)
        with (target.parent / ".lock").open("w") as lock:  # two set-ups at once: the second waits and finds it built
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (target / "pulumi").exists():
                build(target)
    print(target)


if __name__ == "__main__":
    main()
