"""`make demo-kubernetes`: a cluster with a real Kubernetes control plane, from its profile to kubectl.

Each command is echoed first. Works in `.local/demo-kubernetes`, a copy of the example `03_update_a_cluster`, with a local
Palette of its own beside it. Run again, it begins anew.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from pathlib import Path

import showing
from showing import ROOT, copy, say

from palette_sdk.local import kubernetes

HERE = ROOT / ".local" / "demo-kubernetes"
DATA = ROOT / ".local" / "palette-kubernetes"
KUBECONFIG = HERE / "kubeconfig.yaml"
START = "palette local start --kubernetes --speed 300"
CLUSTER = "aws-cluster"
PODS = (
    "kubectl get pods -n hello-universe -o custom-columns=NAME:.metadata.name,STATUS:.status.phase,NODE:.spec.nodeName"
)


def run(command: str, *, quiet: bool = False) -> None:
    """See `showing.run`."""
    showing.run(command, folder=HERE, quiet=quiet)


def environment(programs: Path) -> None:
    """A Palette of its own, and kubectl: the person's own, else the one beside the control plane's programs."""
    os.environ["PALETTE_LOCAL_DATA_DIR"] = str(DATA)
    os.environ["PATH"] += os.pathsep + str(programs)
    os.environ["KUBECONFIG"] = str(KUBECONFIG)


def keep_kubeconfig() -> None:
    """The kubeconfig as the program has it, in a file for its owner alone."""
    command = "pulumi stack output kubeconfig --show-secrets"
    showing.told(f"{command} > {KUBECONFIG.name}")
    text = subprocess.run(shlex.split(command), cwd=HERE, check=True, capture_output=True, text=True).stdout
    KUBECONFIG.touch(mode=0o600)
    KUBECONFIG.write_text(text, encoding="utf-8")


def story() -> None:
    """The vendor's tutorial on updates, seen with kubectl."""
    say(
        "1. A profile with the hello-universe page, and a cluster on it: etcd, API server, controllers and scheduler of its own"
    )
    run("pulumi up --yes --skip-preview")
    keep_kubeconfig()
    run("kubectl get nodes")
    run(PODS)

    say("2. Somebody deletes the deployment. It comes back, since a layer names it")
    run("kubectl delete deployment hello-universe-deployment -n hello-universe")
    run("kubectl wait --for=create deployment/hello-universe-deployment -n hello-universe --timeout=60s")

    say("3. Version 1.1.0 has the page with its API and database. What 1.0.0 named goes on running beside them")
    run("pulumi config set version 1.1.0")
    run("pulumi up --yes --skip-preview")
    run("kubectl wait --for=condition=Available deployment --all -n hello-universe --timeout=60s")
    run(PODS)
    run(f"palette workloads {CLUSTER} --namespace hello-universe")

    say("4. What no layer names any more, and away with its pods. It stays at 0")
    run(f"palette orphans {CLUSTER}")
    run(f"palette orphans {CLUSTER} --scale-to-zero --yes")
    run("kubectl get deployments -n hello-universe")


def main() -> None:
    """Run the demo."""
    began = time.monotonic()
    environment(kubernetes.ensure(say))
    copy("03_update_a_cluster", HERE, start=START)
    say("A local Palette whose clusters are real")
    run(START)
    run("palette local clock --speed 300", quiet=True)
    run("pulumi stack init dev", quiet=True)
    run("pulumi config set palette:host local", quiet=True)
    story()
    say(f"Done in {int(time.monotonic() - began)} seconds. The cluster runs on, in half a GB, until it or Palette ends")
    where = HERE.relative_to(ROOT)
    print(
        f"""
Go on by hand:
  eval "$(make -s env)"; export PALETTE_LOCAL_DATA_DIR=$PWD/{DATA.relative_to(ROOT)}
  cd {where}; export KUBECONFIG=$PWD/{KUBECONFIG.name}
  kubectl get all -A               no kubelet runs: pods are Running, but have no logs and no shell
  palette workloads {CLUSTER}
  pulumi destroy                   ends the control plane and removes its data
  palette local stop               ends all of them, and keeps their data
"""
    )


if __name__ == "__main__":
    main()
