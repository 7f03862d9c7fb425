"""Tokens and kubeconfigs of one cluster."""

from __future__ import annotations

import httpx2
import pytest
import yaml

from palette_sdk.controlplane.kubernetes.access import CONTROLLERS, PALETTE, SCHEDULER, Access, token_file
from palette_sdk.errors import KubernetesError
from palette_sdk.kube import KubeApi

ACCESS = Access("https://127.0.0.1:6443", "", {"admin": "t-admin", PALETTE: "t-palette"})


def test_kubeconfig_is_the_users_own() -> None:
    """It has the one user's token, names the cluster, and leads to its server."""
    document = yaml.safe_load(ACCESS.kubeconfig("admin", name="web"))
    assert document["current-context"] == "admin@web"
    assert document["contexts"] == [{"name": "admin@web", "context": {"cluster": "web", "user": "admin"}}]
    assert document["users"] == [{"name": "admin", "user": {"token": "t-admin"}}]
    assert [each["name"] for each in document["clusters"]] == ["web"]


def test_kubeconfig_can_be_used() -> None:
    """Our own client takes it, and sends the user's token to the server."""
    seen: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(f"{request.url} {request.headers['authorization']}")
        return httpx2.Response(200, text="ok")

    api = KubeApi.connect(ACCESS.kubeconfig(PALETTE, name="web"), transport=httpx2.MockTransport(answer))
    assert api.ask("/readyz") == "ok"
    assert seen == ["https://127.0.0.1:6443/readyz Bearer t-palette"]


def test_authority_is_checked() -> None:
    """A kubeconfig trusts nothing but the authority that it names."""
    broken = Access("https://127.0.0.1:6443", "no certificate", {"admin": "t"})
    with pytest.raises(KubernetesError, match="certificates"):
        KubeApi.connect(broken.kubeconfig("admin", name="web"))


def test_tokens_are_not_shown() -> None:
    """What is logged of an access has no token."""
    assert "t-admin" not in repr(ACCESS)


def test_token_file() -> None:
    """All are administrators but the scheduler, which has the role that Kubernetes gives its user."""
    text = token_file({"admin": "a", CONTROLLERS: "c", SCHEDULER: "s"})
    assert text.splitlines() == [
        'a,admin,admin,"system:masters"',
        f'c,{CONTROLLERS},{CONTROLLERS},"system:masters"',
        f"s,{SCHEDULER},{SCHEDULER}",
    ]
