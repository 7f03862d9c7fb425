"""Cloud accounts of aws, azure, gcp and vsphere. Credentials stay out of every repr."""

from __future__ import annotations

from pydantic import Field

from .base import OpenWire, Wire
from .meta import ListMeta, ObjectMeta


class AccountStatus(Wire):
    """State of a cloud account."""

    state: str = ""


class AwsSts(Wire):
    """Role assumption."""

    arn: str = ""
    external_id: str = Field(default="", repr=False)


class AwsPodIdentity(Wire):
    """EKS pod identity."""

    role_arn: str = ""
    permission_boundary_arn: str = ""


class AwsAccountSpec(OpenWire):
    """How to reach an AWS account; `credential_type` is secret, sts or pod-identity."""

    access_key: str = Field(default="", repr=False)
    secret_key: str = Field(default="", repr=False)
    credential_type: str = ""
    sts: AwsSts | None = None
    pod_identity: AwsPodIdentity | None = None
    policy_arns: list[str] = Field(default=[], alias="policyARNs")
    partition: str = ""


class AzureAccountSpec(OpenWire):
    """How to reach an Azure subscription."""

    client_id: str = ""
    client_secret: str = Field(default="", repr=False)
    tenant_id: str = ""
    tenant_name: str = ""
    azure_environment: str = ""


class GcpAccountSpec(OpenWire):
    """How to reach a Google Cloud project."""

    json_credentials: str = Field(default="", repr=False)


class VsphereAccountSpec(OpenWire):
    """How to reach a vCenter."""

    vcenter_server: str = ""
    username: str = ""
    password: str = Field(default="", repr=False)
    insecure: bool = False


class AwsAccount(Wire):
    """An AWS cloud account."""

    metadata: ObjectMeta = ObjectMeta()
    spec: AwsAccountSpec = AwsAccountSpec()
    status: AccountStatus = AccountStatus()


class AzureAccount(Wire):
    """An Azure cloud account."""

    metadata: ObjectMeta = ObjectMeta()
    spec: AzureAccountSpec = AzureAccountSpec()
    status: AccountStatus = AccountStatus()


class GcpAccount(Wire):
    """A Google Cloud account."""

    metadata: ObjectMeta = ObjectMeta()
    spec: GcpAccountSpec = GcpAccountSpec()
    status: AccountStatus = AccountStatus()


class VsphereAccount(Wire):
    """A vSphere account."""

    metadata: ObjectMeta = ObjectMeta()
    spec: VsphereAccountSpec = VsphereAccountSpec()
    status: AccountStatus = AccountStatus()


class AwsAccounts(Wire):
    """A page of AWS accounts."""

    items: list[AwsAccount] = []
    listmeta: ListMeta = ListMeta()


class AzureAccounts(Wire):
    """A page of Azure accounts."""

    items: list[AzureAccount] = []
    listmeta: ListMeta = ListMeta()


class GcpAccounts(Wire):
    """A page of Google Cloud accounts."""

    items: list[GcpAccount] = []
    listmeta: ListMeta = ListMeta()


class VsphereAccounts(Wire):
    """A page of vSphere accounts."""

    items: list[VsphereAccount] = []
    listmeta: ListMeta = ListMeta()


class GcpAccountValidate(Wire):
    """Body of `POST /v1/clouds/gcp/account/validate`; the other clouds send their bare spec."""

    spec: GcpAccountSpec


class AccountSummarySpec(Wire):
    """The cloud's own id of an account."""

    account_id: str = ""


class AccountSummary(Wire):
    """A row of the list over all clouds."""

    kind: str = ""
    metadata: ObjectMeta = ObjectMeta()
    spec_summary: AccountSummarySpec = AccountSummarySpec()
    status: AccountStatus = AccountStatus()


class AccountsSummary(Wire):
    """A page of the list over all clouds."""

    items: list[AccountSummary] = []
    listmeta: ListMeta = ListMeta()
