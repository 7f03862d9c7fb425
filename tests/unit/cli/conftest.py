"""The `palette` command, run in process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner

from palette_sdk import local
from palette_sdk.cli.program import app
from palette_sdk.testing import LocalPalette, local_palette

Run = Callable[..., Any]

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: hello, namespace: hello}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: hello}}}}
  template:
    metadata: {{labels: {{app: hello}}}}
    spec:
      containers: [{{name: hello, image: "hello:1"}}]
---
apiVersion: v1
kind: Service
metadata: {{name: hello-service, namespace: hello}}
spec:
  type: LoadBalancer
  selector: {{app: hello}}
  ports: [{{port: 3000}}]
"""


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The default data folder, an empty one; whatever runs on it is stopped afterwards."""
    for name in ("SPECTROCLOUD_HOST", "SPECTROCLOUD_APIKEY", "PALETTE_LOCAL_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "data"
    monkeypatch.setenv("PALETTE_LOCAL_DATA_DIR", str(folder))
    yield folder
    local.stop(folder)


@pytest.fixture
def run() -> Run:
    """Runs `palette` with these arguments; the result has exit_code, stdout and stderr."""

    def invoke(*arguments: str) -> Any:
        return CliRunner().invoke(app, list(arguments), prog_name="palette")

    return invoke


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts a `pulumi` command on PATH that prints something; gives the file with the arguments it got."""

    def install(*, stdout: str = "", stderr: str = "", code: int = 0) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "stdout").write_text(stdout)
        (folder / "stderr").write_text(stderr)
        command = folder / "pulumi"
        command.write_text(
            f'#!/bin/sh\necho "$@" > {folder}/arguments\ncat {folder}/stdout\ncat {folder}/stderr >&2\nexit {code}\n'
        )
        command.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return folder / "arguments"

    return install


class World:
    """A local control plane with content, written as bodies of the API."""

    def __init__(self, palette: LocalPalette) -> None:
        self.palette = palette
        self._http = httpx2.Client(base_url=palette.url, headers={"ApiKey": palette.api_key})
        project = self.call("GET", "/v1/dashboard/projects/metadata")["items"][0]["metadata"]["uid"]
        self._http.headers["ProjectUid"] = project
        registries = self.call("GET", "/v1/registries/metadata")["items"]
        self.registry = next(each["uid"] for each in registries if each["name"] == "Public Repo")

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One call that must succeed; its body."""
        answer = self._http.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def layer(self, name: str, version: str) -> dict[str, Any]:
        """A pack of the catalogue as a layer, its newest version that begins so."""
        pack = self.call("GET", f"/v1/packs/{name}/registries/{self.registry}?cloudType=aws")
        tag = next(each for each in pack["tags"] if each["version"].startswith(version))
        values = next(each["values"] for each in pack["packValues"] if each["packUid"] == tag["packUid"])
        return {
            "name": name,
            "tag": tag["version"],
            "uid": tag["packUid"],
            "registryUid": self.registry,
            "layer": pack["layer"],
            "values": values,
        }

    def profile(
        self,
        name: str,
        version: str,
        *,
        replicas: int = 2,
        labels: dict[str, str] | None = None,
        variables: Sequence[dict[str, Any]] = (),
    ) -> str:
        """A published profile for AWS with four packs and a manifest; its uid."""
        body = {
            "metadata": {"name": name, "labels": labels or {}},
            "spec": {
                "version": version,
                "template": {"type": "cluster", "cloudType": "aws", "packs": self.packs(replicas)},
                "variables": [*variables],
            },
        }
        return str(self.call("POST", "/v1/clusterprofiles?publish=true", body)["uid"])

    def packs(self, replicas: int) -> list[dict[str, Any]]:
        """The layers of `profile`."""
        found = [("ubuntu-aws", ""), ("kubernetes", ""), ("cni-calico", ""), ("csi-aws-ebs", "")]
        content = DEPLOYMENT.format(replicas=replicas)
        manifest = {
            "name": "hello",
            "type": "manifest",
            "layer": "addon",
            "uid": "spectro-manifest-pack",
            "manifests": [{"name": "hello", "content": content}],
        }
        return [*(self.layer(*each) for each in found), manifest]

    def edit(self, uid: str, name: str, version: str, *, replicas: int) -> None:
        """Change a profile in place."""
        template = {"type": "cluster", "packs": self.packs(replicas)}
        body = {"metadata": {"name": name, "uid": uid}, "spec": {"version": version, "template": template}}
        self.call("PUT", f"/v1/clusterprofiles/{uid}", body)
        self.call("PATCH", f"/v1/clusterprofiles/{uid}/publish")

    def policy(self, name: str, cron: str = "0 0 * * SUN", hours: int = 4) -> str:
        """A maintenance policy with one window; its uid."""
        schedules = [{"name": "night", "startCron": cron, "durationHrs": hours}]
        body = {"metadata": {"name": name}, "spec": {"schedules": schedules}}
        return str(self.call("POST", "/v1/spcPolicies/maintenance", body)["uid"])

    def template(self, name: str, profile_uid: str, *, policy_uid: str = "") -> str:
        """A cluster template for AWS; its uid."""
        policies = [{"uid": policy_uid, "kind": "maintenance"}] if policy_uid else []
        spec = {"cloudType": "aws", "profiles": [{"uid": profile_uid}], "policies": policies}
        return str(self.call("POST", "/v1/clusterTemplates", {"metadata": {"name": name}, "spec": spec})["uid"])

    def relink(self, template_uid: str, *profile_uids: str) -> None:
        """Link these versions instead."""
        body = {"profiles": [{"uid": each} for each in profile_uids]}
        self.call("PUT", f"/v1/clusterTemplates/{template_uid}/profiles", body)

    def member(self, name: str, template_uid: str, *, zone: str = "UTC", labels: dict[str, str] | None = None) -> str:
        """A cluster that follows a template, just accepted; its uid."""
        follows = {"clusterTemplate": {"uid": template_uid}, "clusterConfig": {"timezone": zone}, "profiles": []}
        return self._cluster(name, labels, follows)

    def cluster(self, name: str, profile_uid: str, *, labels: dict[str, str] | None = None) -> str:
        """A cluster on AWS, just accepted; its uid."""
        return self._cluster(name, labels, {"profiles": [{"uid": profile_uid}]})

    def _cluster(self, name: str, labels: dict[str, str] | None, more: dict[str, Any]) -> str:
        account = {"metadata": {"name": f"account-{name}"}, "spec": {"accessKey": "AKIA", "secretKey": "s"}}
        pool = {
            "poolConfig": {"name": "cp", "size": 1, "labels": ["control-plane"], "isControlPlane": True},
            "cloudConfig": {"instanceType": "m5.xlarge", "azs": ["eu-west-1a"]},
        }
        workers = {
            "poolConfig": {"name": "workers", "size": 2, "labels": ["worker"]},
            "cloudConfig": {"instanceType": "m5.xlarge", "azs": ["eu-west-1a"]},
        }
        spec = {
            "cloudAccountUid": self.call("POST", "/v1/cloudaccounts/aws", account)["uid"],
            "cloudConfig": {"region": "eu-west-1", "sshKeyName": "k"},
            "machinepoolconfig": [pool, workers],
            **more,
        }
        body = {"metadata": {"name": name, "labels": labels or {}}, "spec": spec}
        return str(self.call("POST", "/v1/spectroclusters/aws", body)["uid"])

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


@pytest.fixture
def world(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A local control plane that the environment names."""
    assert not data_dir.exists()
    with local_palette() as palette:
        for name, value in palette.environment.items():
            monkeypatch.setenv(name, value)
        world = World(palette)
        yield world
        world.close()
