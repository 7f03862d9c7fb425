"""Cloud accounts: credentials that the service keeps. They are written, and never expected back."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from palette_sdk.errors import InputError
from palette_sdk.wire.accounts import (
    AwsAccount,
    AwsAccounts,
    AzureAccount,
    AzureAccounts,
    GcpAccount,
    GcpAccounts,
    GcpAccountValidate,
    VsphereAccount,
    VsphereAccounts,
)

from .calls import Calls, path

Account: TypeAlias = AwsAccount | AzureAccount | GcpAccount | VsphereAccount
AccountRows: TypeAlias = list[Account]

_MODELS: dict[str, tuple[type[Any], type[Any]]] = {
    "aws": (AwsAccount, AwsAccounts),
    "azure": (AzureAccount, AzureAccounts),
    "gcp": (GcpAccount, GcpAccounts),
    "vsphere": (VsphereAccount, VsphereAccounts),
}
_OF_CLOUD = {"eks": "aws", "aks": "azure", "gke": "gcp"}


class Accounts:
    """Cloud accounts by cloud; eks, aks and gke use those of aws, azure and gcp."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(self, cloud: str, *, fresh: bool = False) -> AccountRows:
        """All accounts of a cloud."""
        kind = account_cloud(cloud)
        model = _MODELS[kind][1]

        def read() -> AccountRows:
            return self._calls.pages(
                lambda query: self._calls.read(model, f"/v1/cloudaccounts/{kind}", query=query),
                lambda page: page.items,
            )

        return list(self._calls.shared(kind, read, fresh=fresh))

    def by_name(
        self, cloud: str, name: str, *, scope: Literal["project", "tenant"] = "project", fresh: bool = False
    ) -> AccountRows:
        """Accounts of a cloud with exactly this name; project and tenant may each have one, that of `scope` comes first."""
        rows = [row for row in self.list(cloud, fresh=fresh) if row.metadata.name == name]
        return sorted(rows, key=lambda row: row.metadata.annotations.get("scope") != scope)

    def get(self, cloud: str, uid: str) -> Account | None:
        """An account, or None when it is gone."""
        kind = account_cloud(cloud)
        found: Account | None = self._calls.find(_MODELS[kind][0], path(f"/v1/cloudaccounts/{kind}/{{}}", uid))
        return found

    def validate(self, cloud: str, body: Account) -> None:
        """Has the service try the credentials.

        Raises:
            ValidationError: they don't work.
        """
        kind = account_cloud(cloud)
        spec = GcpAccountValidate(spec=body.spec) if isinstance(body, GcpAccount) else body.spec
        self._calls.check(f"/v1/clouds/{kind}/account/validate", spec)

    def create(self, cloud: str, body: Account, *, repeatable: bool = False) -> str:
        """Makes an account; its uid."""
        return self._calls.create(f"/v1/cloudaccounts/{account_cloud(cloud)}", body, repeatable=repeatable)

    def update(self, cloud: str, uid: str, body: Account) -> None:
        """Replaces metadata and credentials of an account."""
        self._calls.write("PUT", path(f"/v1/cloudaccounts/{account_cloud(cloud)}/{{}}", uid), body)

    def delete(self, cloud: str, uid: str) -> bool:
        """Deletes an account; False when it was gone.

        Raises:
            ConflictError: clusters use it.
        """
        return self._calls.remove(path(f"/v1/cloudaccounts/{account_cloud(cloud)}/{{}}", uid))


def account_cloud(cloud: str) -> str:
    """The cloud whose accounts a cluster of `cloud` uses.

    Raises:
        InputError: the cloud has no accounts.
    """
    kind = _OF_CLOUD.get(cloud, cloud)
    if kind not in _MODELS:
        raise InputError(f"{cloud!r} has no cloud accounts; known: {', '.join([*_MODELS, *_OF_CLOUD])}")
    return kind
