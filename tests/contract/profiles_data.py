"""Bodies of profiles for the contract tests, from packs of the catalogue."""

from __future__ import annotations

from typing import Any

from tests.contract.conftest import Api

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hello\ndata:\n  text: one\n"
CORE = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]


def registry(api: Api) -> str:
    """The uid of the pack registry."""
    rows = api.ok("GET", "/v1/registries/metadata")["items"]
    return str(next(row["uid"] for row in rows if row["name"] == "Public Repo"))


def pack(api: Api, name: str, tag: str, **more: Any) -> dict[str, Any]:
    """A layer as clients send it: pack uid and values looked up."""
    registry_uid = registry(api)
    found = api.ok("GET", f"/v1/packs/{name}/registries/{registry_uid}")
    uid = next(each["packUid"] for each in found["tags"] if each["tag"] == tag)
    values = next(each["values"] for each in found["packValues"] if each["packUid"] == uid)
    return {
        "name": name,
        "type": "spectro",
        "tag": tag,
        "uid": uid,
        "registryUid": registry_uid,
        "values": values.strip(),
        "manifests": None,
        **more,
    }


def manifest_layer(name: str = "hello", content: str = MANIFEST, **more: Any) -> dict[str, Any]:
    """A layer of plain manifests."""
    manifests = [{"name": name, "content": content}]
    return {"name": name, "type": "manifest", "uid": "spectro-manifest-pack", "manifests": manifests, **more}


def full(api: Api, name: str = "web", version: str = "1.0.0", **spec: Any) -> dict[str, Any]:
    """A profile for aws with all core layers and one of manifests."""
    packs = [*(pack(api, *each) for each in CORE), manifest_layer()]
    template = {"type": "cluster", "cloudType": "aws", "packs": packs, **spec.pop("template", {})}
    zero = "0001-01-01T00:00:00.000Z"
    metadata = {"name": name, "labels": {"env": "dev"}, "annotations": {"description": "d"}, "creationTimestamp": zero}
    return {"metadata": metadata, "spec": {"version": version, "template": template, "variables": None, **spec}}


def addon(name: str = "extras", version: str = "1.0.0", *packs: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """A profile of add-ons for all clouds; by default one layer of manifests."""
    template = {"type": "add-on", "cloudType": "all", "packs": list(packs) or [manifest_layer()]}
    return {"metadata": {"name": name}, "spec": {"version": version, "template": template, **spec}}


def created(api: Api, body: dict[str, Any], *, publish: bool = False) -> str:
    """The uid of a profile made from this body."""
    query = "?publish=true" if publish else ""
    return str(api.ok("POST", f"/v1/clusterprofiles{query}", body, status=201)["uid"])
