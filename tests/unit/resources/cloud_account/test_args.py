"""How an account signs in: inputs, checks, the body, and what is read back."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pulumi
import pytest

from palette_sdk.errors import InputError
from palette_sdk.resources.cloud_account.args import (
    AUTHS,
    FIELDS,
    AwsAuth,
    AzureAuth,
    GcpAuth,
    VsphereAuth,
    account_body,
    auth_props,
    check_auth,
    observed_auth,
)
from palette_sdk.rules.unknown import UNKNOWN

HIDDEN = "very-hidden"
CASES: dict[str, tuple[str, Any, dict[str, Any], dict[str, Any]]] = {
    "aws-secret": (
        "aws",
        AwsAuth.secret(HIDDEN, HIDDEN, policy_arns=["p2", "p1"], partition="aws-us-gov"),
        {
            "kind": "secret",
            "access_key": HIDDEN,
            "secret_key": HIDDEN,
            "policy_arns": ["p2", "p1"],
            "partition": "aws-us-gov",
        },
        {
            "credentialType": "secret",
            "accessKey": HIDDEN,
            "secretKey": HIDDEN,
            "policyARNs": ["p2", "p1"],
            "partition": "aws-us-gov",
        },
    ),
    "aws-sts": (
        "aws",
        AwsAuth.sts("arn:x", HIDDEN),
        {"kind": "sts", "arn": "arn:x", "external_id": HIDDEN},
        {"credentialType": "sts", "sts": {"arn": "arn:x", "externalId": HIDDEN}},
    ),
    "aws-pod": (
        "aws",
        AwsAuth.pod_identity("arn:x", permission_boundary_arn="arn:b"),
        {"kind": "pod-identity", "role_arn": "arn:x", "permission_boundary_arn": "arn:b"},
        {"credentialType": "pod-identity", "podIdentity": {"roleArn": "arn:x", "permissionBoundaryArn": "arn:b"}},
    ),
    "azure": (
        "azure",
        AzureAuth("c", HIDDEN, "t", tenant_name="n", environment="AzureChinaCloud", raw={"tls": {"cert": HIDDEN}}),
        {
            "client_id": "c",
            "client_secret": HIDDEN,
            "tenant_id": "t",
            "tenant_name": "n",
            "environment": "AzureChinaCloud",
            "raw": {"tls": {"cert": HIDDEN}},
        },
        {
            "clientId": "c",
            "clientSecret": HIDDEN,
            "tenantId": "t",
            "tenantName": "n",
            "azureEnvironment": "AzureChinaCloud",
            "tls": {"cert": HIDDEN},
        },
    ),
    "gcp": (
        "gcp",
        GcpAuth('{"key": "very-hidden"}'),
        {"json_credentials": '{"key": "very-hidden"}'},
        {"jsonCredentials": '{"key": "very-hidden"}'},
    ),
    "vsphere": (
        "vsphere",
        VsphereAuth("vc.example.com", "me", HIDDEN, insecure=True, gateway="g"),
        {"server": "vc.example.com", "username": "me", "password": HIDDEN, "insecure": True, "gateway": "g"},
        {"vcenterServer": "vc.example.com", "username": "me", "password": HIDDEN, "insecure": True},
    ),
}
CREDENTIALS = {
    "access_key",
    "secret_key",
    "external_id",
    "client_secret",
    "json_credentials",
    "password",
}
each_case = pytest.mark.parametrize(("cloud", "auth", "props", "spec"), CASES.values(), ids=CASES)


def _resolved(cloud: str, auth: Any) -> tuple[dict[str, Any], set[str]]:
    """The inputs in clear, and the names of those that are secret."""

    async def resolve() -> tuple[dict[str, Any], set[str]]:
        clear, hidden = {}, set()
        for name, value in auth_props(auth, cloud).items():
            output = pulumi.Output.from_input(value)
            clear[name] = await output.future()
            if await output.is_secret():
                hidden.add(name)
        return clear, hidden

    return asyncio.run(resolve())


@each_case
def test_inputs_and_their_secrets(cloud: str, auth: Any, props: dict[str, Any], spec: dict[str, Any]) -> None:
    """The engine gets what was said; each credential, and all that is not modelled, is a secret."""
    clear, hidden = _resolved(cloud, auth)
    assert clear == props
    assert hidden == set(props) & {*CREDENTIALS, "raw"}
    assert _resolved(cloud, props) == (clear, hidden)


@each_case
def test_repr_holds_no_credential(cloud: str, auth: Any, props: dict[str, Any], spec: dict[str, Any]) -> None:
    """A value that ends up in a log line tells no secret."""
    assert HIDDEN not in repr(auth)


@each_case
def test_body(cloud: str, auth: Any, props: dict[str, Any], spec: dict[str, Any]) -> None:
    """The body has the service's shape, nothing of it is lost in its model, and its repr tells no secret."""
    check_auth(cloud, props)
    body = account_body(cloud, {"name": "main", "labels": {"team": "a"}, "annotations": {"mine": "1"}}, props)
    gateway = {"overlordUid": "g"} if cloud == "vsphere" else {}
    assert body.body() == {
        "metadata": {"name": "main", "labels": {"team": "a"}, "annotations": {"mine": "1", **gateway}},
        "spec": spec,
    }
    assert HIDDEN not in repr(body)


@each_case
@pytest.mark.parametrize("answer", ["whole", "without credentials", "masked"])
def test_reading_back_changes_nothing(
    cloud: str, auth: Any, props: dict[str, Any], spec: dict[str, Any], answer: str
) -> None:
    """Whether the service hands back credentials, masks them or leaves them out, the declared auth stays."""
    live = dict(spec)
    for field in FIELDS[cloud]:
        if field.secret and answer != "whole":
            live.pop(field.wire, None)
            if answer == "masked" and "." not in field.wire:
                live[field.wire] = "******"
    annotations = {"overlordUid": "g"} if cloud == "vsphere" else {}
    assert observed_auth(cloud, props, live, annotations) == props


def test_changes_made_elsewhere_show() -> None:
    """What is no credential and differs on the service is replaced by the service's value."""
    declared = {"server": "a", "username": "me", "password": HIDDEN, "gateway": "g"}
    live = {"vcenterServer": "b", "username": "me", "insecure": True}
    assert observed_auth("vsphere", declared, live, {}) == {
        "server": "b",
        "username": "me",
        "password": HIDDEN,
        "insecure": True,
    }
    assert observed_auth("vsphere", declared, {})["gateway"] == "g"


def test_account_from_elsewhere_is_read_without_credentials() -> None:
    """With nothing declared, all is read that can be read, and no credential."""
    live = {"clientId": "c", "clientSecret": "******", "tenantId": "t", "azureEnvironment": "AzurePublicCloud"}
    seen = observed_auth("azure", {}, live)
    assert "client_secret" not in seen
    assert (seen["client_id"], seen["tenant_id"]) == ("c", "t")


@pytest.mark.parametrize(
    ("cloud", "auth", "message"),
    [
        ("aws", {}, "auth.kind: it is missing"),
        ("aws", {"kind": "keys"}, "auth.kind: it is not one of secret, sts, pod-identity"),
        (
            "aws",
            {"kind": "secret", "access_key": HIDDEN},
            "auth.secret_key: it is missing; signing in by secret needs it",
        ),
        ("aws", {"kind": "sts", "arn": "x"}, "auth.external_id: it is missing; signing in by sts needs it"),
        ("aws", {"kind": "sts", "arm": "x"}, "auth: there is no field 'arm'; nearest: arn"),
        ("azure", {"client_id": "c", "tenant_id": "t"}, "auth.client_secret: it is missing"),
        (
            "gcp",
            {"json_credentials": HIDDEN},
            "auth.json_credentials: it is not the JSON text of a key file (line 1, column 1)",
        ),
        ("gcp", {"json_credentials": '["very-hidden"]'}, "it is not the JSON text of a key file (no object)"),
        ("vsphere", {"server": "s", "username": "me"}, "auth.password: it is missing"),
    ],
)
def test_refused(cloud: str, auth: dict[str, Any], message: str) -> None:
    """An auth that can't work is refused with its path, and no credential in the text."""
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        check_auth(cloud, auth)
    assert HIDDEN not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize("cloud", AUTHS)
def test_unknown_values_pass(cloud: str) -> None:
    """What is known only after apply is taken as right."""
    check_auth(cloud, {field.prop: UNKNOWN for field in FIELDS[cloud]})
    check_auth("aws", {"kind": "secret", "access_key": UNKNOWN, "secret_key": UNKNOWN})


def test_auth_of_another_cloud_is_refused() -> None:
    """An account takes the auth of its own cloud."""
    with pytest.raises(InputError, match="auth: an account on aws takes AwsAuth, not GcpAuth"):
        auth_props(GcpAuth("{}"), "aws")


def test_a_gateway_that_the_program_does_not_declare() -> None:
    """The gateway of an account that was taken over is no difference, unless the program declares one."""
    declared = {"server": "a", "username": "me", "password": HIDDEN}
    live = {"vcenterServer": "a", "username": "me"}
    assert observed_auth("vsphere", declared, live, {"overlordUid": "g"}) == declared
    assert observed_auth("vsphere", {}, live, {"overlordUid": "g"})["gateway"] == "g"
