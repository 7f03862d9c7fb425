"""What a program writes about a cloud account: how to sign in. And the body that the service takes.

Every credential becomes a secret of the state, whether the program made it one or not; none is ever read back from the
service, shown in a repr or named in a message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Required, Self, TypedDict, cast

import pulumi

from palette_sdk.errors import InputError
from palette_sdk.resources.arguments import checked_value
from palette_sdk.resources.values import Value
from palette_sdk.resources.wire_fields import FLAG, SET, WireField, merged, observe, write
from palette_sdk.rules.nearest import did_you_mean
from palette_sdk.rules.unknown import Unknown, is_known

if TYPE_CHECKING:
    from palette_sdk.client.accounts import Account

Partition = Literal["aws", "aws-us-gov", "aws-iso", "aws-iso-b"]
AzureEnvironment = Literal[
    "AzurePublicCloud", "AzureChinaCloud", "AzureUSGovernment", "AzureUSGovernmentCloud", "AzureUSSecretCloud"
]


@dataclass(frozen=True)
class _Auth(Value):
    """Base: what is marked as secret in its field becomes a secret input. All changes are made in place."""

    def props(self) -> dict[str, Any]:
        """The value as inputs of the engine, credentials as secrets."""
        hidden = {item.name for item in self.__dataclass_fields__.values() if not item.repr}
        found = super().props()
        return {name: pulumi.Output.secret(value) if name in hidden else value for name, value in found.items()}


@checked_value
@dataclass(frozen=True)
class AwsAuth(_Auth):
    """How to sign in at AWS: made by `AwsAuth.secret`, `AwsAuth.sts` and `AwsAuth.pod_identity`."""

    kind: Literal["secret", "sts", "pod-identity"]
    """By access key, by assuming a role, or by the identity of Palette's own pod."""
    _: KW_ONLY
    access_key: pulumi.Input[str] | None = field(default=None, repr=False)
    """Access key; with `sts` that of the account that assumes the role, where it isn't Palette's own."""
    secret_key: pulumi.Input[str] | None = field(default=None, repr=False)
    """Secret of the access key."""
    arn: pulumi.Input[str] | None = None
    """With `sts`: the role to assume."""
    external_id: pulumi.Input[str] | None = field(default=None, repr=False)
    """With `sts`: the id that the role's trust policy asks for."""
    role_arn: pulumi.Input[str] | None = None
    """With `pod-identity`: the role."""
    permission_boundary_arn: pulumi.Input[str] | None = None
    """With `pod-identity`: the boundary of the roles that Palette makes."""
    policy_arns: pulumi.Input[Sequence[pulumi.Input[str]]] = ()
    """Policies for the nodes of clusters beside Palette's own, in any order."""
    partition: pulumi.Input[Partition] | None = None
    """Part of AWS. Default `aws`, the public one."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Fields of the account's `spec` that are not modelled, as on the wire; they win, and are kept as a secret."""

    @classmethod
    def secret(
        cls,
        access_key: pulumi.Input[str],
        secret_key: pulumi.Input[str],
        *,
        partition: pulumi.Input[Partition] | None = None,
        policy_arns: pulumi.Input[Sequence[pulumi.Input[str]]] = (),
        raw: Mapping[str, Any] | None = None,
    ) -> Self:
        """Sign in by access key.

        Args:
            access_key: the access key.
            secret_key: its secret.
            partition: part of AWS; default: the public one.
            policy_arns: policies for the nodes of clusters beside Palette's own.
            raw: fields that are not modelled, as on the wire.
        """
        keys = {"access_key": access_key, "secret_key": secret_key}
        return cls("secret", **keys, partition=partition, policy_arns=policy_arns, raw=raw or {})

    @classmethod
    def sts(
        cls,
        arn: pulumi.Input[str],
        external_id: pulumi.Input[str],
        *,
        access_key: pulumi.Input[str] | None = None,
        secret_key: pulumi.Input[str] | None = None,
        partition: pulumi.Input[Partition] | None = None,
        policy_arns: pulumi.Input[Sequence[pulumi.Input[str]]] = (),
        raw: Mapping[str, Any] | None = None,
    ) -> Self:
        """Sign in by assuming a role.

        Args:
            arn: the role.
            external_id: the id that the role's trust policy asks for.
            access_key: key of the account that assumes the role; default: Palette's own account.
            secret_key: its secret.
            partition: part of AWS; default: the public one.
            policy_arns: policies for the nodes of clusters beside Palette's own.
            raw: fields that are not modelled, as on the wire.
        """
        keys = {"access_key": access_key, "secret_key": secret_key}
        role = {"arn": arn, "external_id": external_id}
        return cls("sts", **role, **keys, partition=partition, policy_arns=policy_arns, raw=raw or {})

    @classmethod
    def pod_identity(
        cls,
        role_arn: pulumi.Input[str],
        *,
        permission_boundary_arn: pulumi.Input[str] | None = None,
        partition: pulumi.Input[Partition] | None = None,
        policy_arns: pulumi.Input[Sequence[pulumi.Input[str]]] = (),
        raw: Mapping[str, Any] | None = None,
    ) -> Self:
        """Sign in by the identity of Palette's own pod, where Palette runs on EKS.

        Args:
            role_arn: the role.
            permission_boundary_arn: the boundary of the roles that Palette makes.
            partition: part of AWS; default: the public one.
            policy_arns: policies for the nodes of clusters beside Palette's own.
            raw: fields that are not modelled, as on the wire.
        """
        role = {"role_arn": role_arn, "permission_boundary_arn": permission_boundary_arn}
        return cls("pod-identity", **role, partition=partition, policy_arns=policy_arns, raw=raw or {})


class AwsAuthDict(TypedDict, total=False):
    """`AwsAuth` as a dict literal."""

    kind: Required[Literal["secret", "sts", "pod-identity"]]
    access_key: pulumi.Input[str]
    secret_key: pulumi.Input[str]
    arn: pulumi.Input[str]
    external_id: pulumi.Input[str]
    role_arn: pulumi.Input[str]
    permission_boundary_arn: pulumi.Input[str]
    policy_arns: pulumi.Input[Sequence[pulumi.Input[str]]]
    partition: pulumi.Input[Partition]
    raw: Mapping[str, Any]


@checked_value
@dataclass(frozen=True)
class AzureAuth(_Auth):
    """How to sign in at Azure: a service principal."""

    client_id: pulumi.Input[str]
    """Id of the application."""
    client_secret: pulumi.Input[str] = field(repr=False)
    """Its secret."""
    tenant_id: pulumi.Input[str]
    """Id of the tenant."""
    _: KW_ONLY
    tenant_name: pulumi.Input[str] | None = None
    """Name of the tenant, for people."""
    environment: pulumi.Input[AzureEnvironment] | None = None
    """Part of Azure. Default `AzurePublicCloud`."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Fields of the account's `spec` that are not modelled, as on the wire; they win, and are kept as a secret."""


class AzureAuthDict(TypedDict, total=False):
    """`AzureAuth` as a dict literal."""

    client_id: Required[pulumi.Input[str]]
    client_secret: Required[pulumi.Input[str]]
    tenant_id: Required[pulumi.Input[str]]
    tenant_name: pulumi.Input[str]
    environment: pulumi.Input[AzureEnvironment]
    raw: Mapping[str, Any]


@checked_value
@dataclass(frozen=True)
class GcpAuth(_Auth):
    """How to sign in at Google Cloud: the key of a service account."""

    json_credentials: pulumi.Input[str] = field(repr=False)
    """The key file's text."""
    _: KW_ONLY
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Fields of the account's `spec` that are not modelled, as on the wire; they win, and are kept as a secret."""


class GcpAuthDict(TypedDict, total=False):
    """`GcpAuth` as a dict literal."""

    json_credentials: Required[pulumi.Input[str]]
    raw: Mapping[str, Any]


@checked_value
@dataclass(frozen=True)
class VsphereAuth(_Auth):
    """How to sign in at a vCenter."""

    server: pulumi.Input[str]
    """Address of the vCenter."""
    username: pulumi.Input[str]
    """Name to sign in with."""
    password: pulumi.Input[str] = field(repr=False)
    """Its password."""
    _: KW_ONLY
    insecure: pulumi.Input[bool] = False
    """Whether to trust any certificate of the vCenter. Default: no."""
    gateway: pulumi.Input[str] | None = None
    """Uid of the private cloud gateway that reaches the vCenter. Default: Palette reaches it itself, or an account that is
    taken over keeps the gateway that it has."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Fields of the account's `spec` that are not modelled, as on the wire; they win, and are kept as a secret."""


class VsphereAuthDict(TypedDict, total=False):
    """`VsphereAuth` as a dict literal."""

    server: Required[pulumi.Input[str]]
    username: Required[pulumi.Input[str]]
    password: Required[pulumi.Input[str]]
    insecure: pulumi.Input[bool]
    gateway: pulumi.Input[str]
    raw: Mapping[str, Any]


Auth = AwsAuth | AzureAuth | GcpAuth | VsphereAuth
AuthDict = AwsAuthDict | AzureAuthDict | GcpAuthDict | VsphereAuthDict

AUTHS: Mapping[str, type[Auth]] = {"aws": AwsAuth, "azure": AzureAuth, "gcp": GcpAuth, "vsphere": VsphereAuth}
"""The class of each cloud that has accounts."""

GATEWAY_ANNOTATION = "overlordUid"
"""The annotation that names the gateway of an account."""


def _said(prop: str, wire: str, **more: Any) -> WireField:
    return WireField(prop=prop, wire=wire, **more)


def _credential(prop: str, wire: str, *, required: bool = False) -> WireField:
    return WireField(prop=prop, wire=wire, secret=True, required=required)


_KINDS = {"secret": ("access_key", "secret_key"), "sts": ("arn", "external_id"), "pod-identity": ("role_arn",)}
"""What each way of signing in at AWS needs."""

FIELDS: Mapping[str, tuple[WireField, ...]] = {
    "aws": (
        _said("kind", "credentialType", default="secret", choices=tuple(_KINDS), required=True),
        _credential("access_key", "accessKey"),
        _credential("secret_key", "secretKey"),
        _said("arn", "sts.arn", kept=True),
        _credential("external_id", "sts.externalId"),
        _said("role_arn", "podIdentity.roleArn", kept=True),
        _said("permission_boundary_arn", "podIdentity.permissionBoundaryArn", kept=True),
        _said("policy_arns", "policyARNs", kind=SET),
        _said(
            "partition", "partition", default="aws", choices=("aws", "aws-us-gov", "aws-iso", "aws-iso-b"), kept=True
        ),
    ),
    "azure": (
        _said("client_id", "clientId", required=True),
        _credential("client_secret", "clientSecret", required=True),
        _said("tenant_id", "tenantId", required=True),
        _said("tenant_name", "tenantName", filled=True, kept=True),
        _said(
            "environment",
            "azureEnvironment",
            default="AzurePublicCloud",
            choices=(
                "AzurePublicCloud",
                "AzureChinaCloud",
                "AzureUSGovernment",
                "AzureUSGovernmentCloud",
                "AzureUSSecretCloud",
            ),
            kept=True,
        ),
    ),
    "gcp": (_credential("json_credentials", "jsonCredentials", required=True),),
    "vsphere": (
        _said("server", "vcenterServer", required=True),
        _said("username", "username", required=True),
        _credential("password", "password", required=True),
        _said("insecure", "insecure", kind=FLAG),
    ),
}
"""Where each property stands in the account's `spec`."""


def auth_props(auth: Auth | AuthDict, cloud: str, path: str = "auth") -> dict[str, Any]:
    """The auth of an account as inputs of the engine, credentials as secrets.

    Raises:
        InputError: it is of another cloud, or has a field that does not exist.
    """
    kind: type[Value] = AUTHS[cloud]
    if isinstance(auth, Value) and not isinstance(auth, kind):
        raise InputError(f"an account on {cloud} takes {kind.__name__}, not {type(auth).__name__}", path=path)
    return kind.of(cast("Any", auth), path).props()


def check_auth(cloud: str, auth: Mapping[str, Any], path: str = "auth") -> None:
    """Refuse an auth that can't work; what is not known yet passes. Messages never hold a value.

    Raises:
        InputError: something is missing, misspelt, or not what its kind of signing in takes.
    """
    known = [each.prop for each in FIELDS[cloud]] + ["raw", *(["gateway"] if cloud == "vsphere" else [])]
    for name in auth:
        if name not in known:
            raise InputError(f"there is no field {name!r}; {did_you_mean(name, known)}", path=path)
    for each in FIELDS[cloud]:
        value, here = auth.get(each.prop), f"{path}.{each.prop}"
        if each.required and not isinstance(value, Unknown) and not value:
            raise InputError("it is missing", path=here)
        if each.choices and value is not None and is_known(value) and value not in each.choices:
            raise InputError(f"it is not one of {', '.join(each.choices)}", path=here)
    if cloud == "aws":
        _check_aws(auth, path)
    if cloud == "gcp":
        _check_json(auth.get("json_credentials"), f"{path}.json_credentials")


def _check_aws(auth: Mapping[str, Any], path: str) -> None:
    kind = auth.get("kind")
    if isinstance(kind, Unknown):
        return
    for name in _KINDS[str(kind)]:
        value = auth.get(name)
        if not isinstance(value, Unknown) and not value:
            raise InputError(f"it is missing; signing in by {kind} needs it", path=f"{path}.{name}")


def _check_json(text: Any, path: str) -> None:
    if not isinstance(text, str):
        return
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
    else:
        if isinstance(found, dict):
            return
        place = "no object"
    raise InputError(f"it is not the JSON text of a key file ({place})", path=path) from None


def account_body(cloud: str, metadata: Mapping[str, Any], auth: Mapping[str, Any]) -> Account:
    """The body that makes or replaces an account.

    Args:
        cloud: aws, azure, gcp or vsphere.
        metadata: name, labels and annotations.
        auth: the auth's properties, all known.
    """
    from palette_sdk.wire.accounts import AwsAccount, AzureAccount, GcpAccount, VsphereAccount

    noted = dict(metadata.get("annotations") or {})
    if auth.get("gateway"):
        noted[GATEWAY_ANNOTATION] = str(auth["gateway"])
    models: dict[str, type[Account]] = {
        "aws": AwsAccount,
        "azure": AzureAccount,
        "gcp": GcpAccount,
        "vsphere": VsphereAccount,
    }
    spec = merged(write(FIELDS[cloud], auth), auth.get("raw") or {})
    return models[cloud].of({"metadata": {**metadata, "annotations": noted}, "spec": spec})


def observed_auth(
    cloud: str,
    declared: Mapping[str, Any],
    live: Mapping[str, Any],
    annotations: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The declared auth with what is otherwise on the service; credentials stay as declared.

    Args:
        cloud: aws, azure, gcp or vsphere.
        declared: properties as the program has them; empty where there is no program yet.
        live: the `spec` that the service returns, with or without credentials.
        annotations: the account's annotations; without them the gateway stays as declared. One that the program doesn't
            declare is none of its business: it is kept, and not shown as a difference.
    """
    seen = observe(FIELDS[cloud], declared, live, raw=declared.get("raw"), whole=not declared)
    if cloud == "vsphere" and annotations is not None and (not declared or declared.get("gateway")):
        seen.pop("gateway", None)
        if annotations.get(GATEWAY_ANNOTATION):
            seen["gateway"] = annotations[GATEWAY_ANNOTATION]
    return seen
