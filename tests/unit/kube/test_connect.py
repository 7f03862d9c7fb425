"""Kubeconfigs: those that lead somewhere, and those that can't be used, of which no message tells the content."""

from __future__ import annotations

import base64
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from palette_sdk.controlplane.tls import ensure_certificate
from palette_sdk.errors import KubernetesError
from palette_sdk.kube import KubeApi

SECRET = "hush-hush"  # what no message may have
EXEC = "client.authentication.k8s.io/v1beta1"
NO_KUBECONFIG = "this is no kubeconfig: clusters, contexts, users and current-context are needed"
NO_CERTIFICATES = "the certificates in the kubeconfig can't be used"
NO_CREDENTIALS = (
    "the kubeconfig gives no credentials for https://api.test: see its token file, or run its plug-in (exec)"
)


def kubeconfig(user: Any = None, *, server: Any = "https://api.test", cluster: Any = None, **changed: Any) -> str:
    """A kubeconfig with one of everything."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server, **(cluster or {})}}],
        "users": [{"name": "u", "user": {"token": "t"} if user is None else user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
        **changed,
    }
    return yaml.safe_dump(document)


def encoded(text: str) -> str:
    """As kubeconfigs have their data."""
    return base64.b64encode(text.encode()).decode()


def headers_with(text: str) -> httpx2.Headers:
    """What is sent with this kubeconfig."""
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"gitVersion": "v1.36.3"})

    api = KubeApi.connect(text, transport=httpx2.MockTransport(answer))
    assert api.ask("/version") == {"gitVersion": "v1.36.3"}
    api.close()
    assert str(seen[0].url) == "https://api.test/version"
    return seen[0].headers


def test_token() -> None:
    """A token goes as the bearer's; fields that we don't know are no obstacle."""
    assert headers_with(kubeconfig({"token": "abc", "impersonate-x": "y"}))["authorization"] == "Bearer abc"


def test_token_file(tmp_path: Path) -> None:
    """A token can lie in a file."""
    (tmp_path / "token").write_text("from-file\n", encoding="ascii")
    assert headers_with(kubeconfig({"tokenFile": str(tmp_path / "token")}))["authorization"] == "Bearer from-file"


def test_user_without_credentials() -> None:
    """A user that has none sends none."""
    assert "authorization" not in headers_with(kubeconfig({}))


def test_client_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client certificate and the authority come from the kubeconfig alone."""
    made = ensure_certificate(tmp_path, now=datetime.now(UTC), is_client=True)
    contexts: list[ssl.SSLContext] = []
    loaded: list[str] = []
    load = ssl.SSLContext.load_cert_chain

    def watched(context: ssl.SSLContext, certfile: Any, keyfile: Any = None, password: Any = None) -> None:
        contexts.append(context)
        loaded.append(Path(certfile).read_text(encoding="ascii"))
        load(context, certfile, keyfile, password)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watched)
    user = {
        "client-certificate-data": encoded(made.cert_file.read_text(encoding="ascii")),
        "client-key-data": encoded(made.key_file.read_text(encoding="ascii")),
    }
    authority = encoded(made.ca_file.read_text(encoding="ascii"))
    assert "authorization" not in headers_with(kubeconfig(user, cluster={"certificate-authority-data": authority}))
    assert loaded == [made.cert_file.read_text(encoding="ascii")]
    assert len(contexts[0].get_ca_certs()) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", NO_KUBECONFIG),
        (SECRET, NO_KUBECONFIG),
        (f"- {SECRET}", NO_KUBECONFIG),
        (f"users: [{SECRET}", NO_KUBECONFIG),
        (kubeconfig(contexts=[]), NO_KUBECONFIG),
        (kubeconfig(users=[]), NO_KUBECONFIG),
        (kubeconfig([SECRET]), NO_KUBECONFIG),
        (kubeconfig({"exec": SECRET}), NO_KUBECONFIG),
        (kubeconfig(**{"current-context": SECRET}), NO_KUBECONFIG),
        (kubeconfig(server=5), NO_KUBECONFIG),
        (
            kubeconfig(contexts=[{"name": "x", "context": {"cluster": "c"}}]),
            "the kubeconfig has no user in its current context",
        ),
        (
            kubeconfig(server=f"not an address {SECRET}"),
            "the server in the kubeconfig is no address such as https://HOST:PORT",
        ),
        (
            kubeconfig(server="https://h:99999999"),
            "the server in the kubeconfig is no address such as https://HOST:PORT",
        ),
        (kubeconfig(cluster={"certificate-authority-data": SECRET}), NO_CERTIFICATES),
        (kubeconfig(cluster={"certificate-authority-data": encoded(SECRET)}), NO_CERTIFICATES),
        (kubeconfig(cluster={"certificate-authority": "/nowhere"}), NO_CERTIFICATES),
        (kubeconfig(cluster={"certificate-authority": "beside.pem"}), NO_CERTIFICATES),
        (
            kubeconfig({"client-certificate-data": encoded(SECRET), "client-key-data": encoded(SECRET)}),
            NO_CERTIFICATES,
        ),
        (kubeconfig({"client-certificate-data": encoded(SECRET)}), NO_CERTIFICATES),
        (
            kubeconfig({"token": f"{SECRET}\n{SECRET}"}),
            "the token in the kubeconfig has line ends or other odd characters; it travels in a header",
        ),
        (
            kubeconfig({"token": f"{SECRET}ü"}),
            "the token in the kubeconfig has line ends or other odd characters; it travels in a header",
        ),
    ],
)
def test_unusable(text: str, message: str) -> None:
    """What can't be used is refused before anything is sent, in words that tell nothing of the content."""
    with pytest.raises(KubernetesError) as caught:
        KubeApi.connect(text, transport=httpx2.MockTransport(lambda _: httpx2.Response(500)))
    assert str(caught.value) == message
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "user",
    [
        {"tokenFile": "/nowhere/token"},
        {"exec": {"apiVersion": EXEC, "command": "false"}},
        {"exec": {"apiVersion": EXEC, "command": "echo", "args": [SECRET]}},
        {"exec": {"apiVersion": EXEC, "command": "echo", "args": ["{}"]}},
        {"exec": {"apiVersion": "of/no-version", "command": "echo"}},
    ],
)
def test_no_credentials(user: Any) -> None:
    """Credentials that a plug-in or a file doesn't give are told at the first call, without what came instead."""
    api = KubeApi.connect(kubeconfig(user), transport=httpx2.MockTransport(lambda _: httpx2.Response(200)))
    with pytest.raises(KubernetesError) as caught:
        api.ask("/version")
    assert (str(caught.value), caught.value.status) == (NO_CREDENTIALS, 0)
    assert caught.value.__suppress_context__


def test_plug_in(tmp_path: Path) -> None:
    """A plug-in that gives a token is used."""
    user = {"exec": {"apiVersion": EXEC, "command": "echo", "args": ['{"status": {"token": "given"}}']}}
    assert headers_with(kubeconfig(user))["authorization"] == "Bearer given"
