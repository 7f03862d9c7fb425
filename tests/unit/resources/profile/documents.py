"""A profile's document as Palette exports it, with what is easily lost: orders, labels of options, a moving tag, masks."""

from __future__ import annotations

from typing import Any

MASK = "********"


def layer(name: str, kind: str, version: str, tag: str = "", values: str = "") -> dict[str, Any]:
    """A layer from a pack of the catalogue."""
    registry = {"metadata": {"uid": "f" * 24, "name": "Public Repo", "kind": "pack", "isPrivate": False}}
    return {
        "name": name,
        "type": "spectro",
        "layer": kind,
        "tag": tag or version,
        "version": version,
        "values": values or f"# {name}, as it was\npack:\n  content: {{}}   # kept",
        "manifests": [],
        "registry": registry,
    }


def variable(name: str, **facts: Any) -> dict[str, Any]:
    """A definition with all that the service writes."""
    return {
        "name": name,
        "displayName": name,
        "description": "",
        "format": "string",
        "inputType": "text",
        "options": [],
        "defaultValue": "",
        "regex": "",
        "required": False,
        "immutable": False,
        "hidden": False,
        "isSensitive": False,
        **facts,
    }


DOCUMENT: dict[str, Any] = {
    "metadata": {"name": "base", "description": "The base", "labels": {"team": "a", "web": "spectro__tag"}},
    "spec": {
        "version": "1.2.0",
        "template": {
            "type": "cluster",
            "cloudType": "aws",
            "packs": [
                layer("ubuntu-aws", "os", "22.04"),
                layer("kubernetes", "k8s", "1.30.4", "1.30.x"),
                layer("cni-calico", "cni", "3.28.0"),
                layer("csi-aws-ebs", "csi", "1.30.0"),
                {
                    "name": "hello",
                    "type": "manifest",
                    "layer": "addon",
                    "tag": "",
                    "version": "",
                    "values": "",
                    "manifests": [
                        {"name": "z", "content": "# first\nkind:   ConfigMap\n\n"},
                        {"name": "b", "content": "size: '{{.spectro.var.tier}}'\n"},
                    ],
                },
            ],
        },
        "variables": [
            variable(
                "tier",
                displayName="Tier",
                description="how big",
                inputType="dropdown",
                options=[
                    {"value": "s", "label": "Small", "description": "few", "default": False},
                    {"value": "m", "label": "m", "description": "", "default": False},
                ],
                defaultValue="s",
            ),
            variable("token", required=True, isSensitive=True, defaultValue=MASK),
            variable("alpha", isSensitive=True, defaultValue=MASK),
        ],
    },
}
