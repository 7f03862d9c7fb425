"""The example that deploys into a cluster, as it is, under pulumi's mocks; its look-ups ask a local Palette."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.mocks import MockResourceArgs

from palette_sdk.testing import local_palette
from tests.unit.resources.mocks import Recording, run_program
from tests.unit.resources.test_resources import SECRET_MARK

EXAMPLE = Path(__file__).parents[3] / "examples" / "05_workloads" / "__main__.py"
KUBECONFIG = "kind: Config"
PROVIDER = "pulumi:providers:kubernetes"
DEPLOYED = {
    "kubernetes:core/v1:Namespace": "hello-universe",
    "kubernetes:apps/v1:Deployment": "page",
    "kubernetes:core/v1:Service": "page",
}


class Cloud(Recording):
    """An engine whose clusters run, and whose load balancers get an address."""

    def __init__(self, ingress: dict[str, str]) -> None:
        super().__init__()
        self.ingress = ingress
        self.made: list[MockResourceArgs] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Take it."""
        self.made.append(args)
        uid, outputs = super().new_resource(args)
        if args.typ.endswith("palette:Cluster"):
            outputs["kubeconfig"] = KUBECONFIG
        if args.typ == "kubernetes:core/v1:Service":
            outputs["status"] = {"loadBalancer": {"ingress": [self.ingress]}}
        return uid, outputs


def example(engine: Cloud, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address that the example exports."""

    async def program() -> str:
        with local_palette() as palette:
            for name, value in palette.environment.items():
                monkeypatch.setenv(name, value)
            url: str = await runpy.run_path(str(EXAMPLE))["url"].future()
            return url

    return run_program(program, engine=engine)


def test_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """It makes a profile and a cluster, and deploys three objects with the provider of that cluster, which has its kubeconfig."""
    engine = Cloud({"hostname": "page.example.com"})
    assert example(engine, monkeypatch) == "http://page.example.com:8080"
    types = [args.typ for args in engine.made]
    assert sorted(types) == sorted(
        ["pulumi-python:dynamic/palette:Profile", "pulumi-python:dynamic/palette:Cluster", PROVIDER, *DEPLOYED]
    )
    assert {args.typ: args.name for args in engine.made if args.typ in DEPLOYED} == DEPLOYED
    assert [str(args.provider).split("::")[-2] for args in engine.made if args.typ in DEPLOYED] == ["apps-k8s"] * 3
    given = dict(engine.requests["apps-k8s"].object)
    assert given["kubeconfig"][SECRET_MARK]
    assert (given["kubeconfig"]["value"], given["clusterIdentifier"]) == (KUBECONFIG, "apps-id")


def test_an_address_by_ip(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cloud that gives its load balancers an IP is served as well."""
    assert example(Cloud({"ip": "203.0.113.7"}), monkeypatch) == "http://203.0.113.7:8080"
