"""The cloud account of a cluster: what a program may give for it, and whether it is of the cluster's cloud."""

from __future__ import annotations

import re
from typing import Any, cast

import pulumi

from palette_sdk.errors import InputError
from palette_sdk.resources.arguments import told_plainly
from palette_sdk.resources.lookups import CloudAccountResult

ACCOUNTS = {
    "aws": "aws",
    "eks": "aws",
    "azure": "azure",
    "aks": "azure",
    "gcp": "gcp",
    "gke": "gcp",
    "vsphere": "vsphere",
}
"""The cloud whose accounts a cluster takes, by the cluster's cloud; edge has none."""
_UID = re.compile(r"[0-9a-f]{24}")
_PATH = "cloud_account"


def account_uid(
    account: pulumi.Input[CloudAccountResult | pulumi.CustomResource | str] | None, cloud: str
) -> pulumi.Input[str]:
    """The uid of an account, once it is known that the cluster can use it.

    Args:
        account: a resource, the result of a look-up, a uid, or an output of one of these.
        cloud: the cluster's cloud.

    Raises:
        InputError: none where one is needed, a name, or an account of another cloud.
    """
    if cloud not in ACCOUNTS:
        if account is None or account == "":
            return ""
        raise InputError("a cluster on edge hosts has no cloud account: leave it out", path=_PATH)
    if account is None or account == "":
        raise InputError(
            f'it is missing: give an account, such as palette.get_cloud_account("name", cloud="{ACCOUNTS[cloud]}")',
            path=_PATH,
        )
    if isinstance(account, pulumi.Output):
        return account.apply(told_plainly(lambda found: _plain(found, cloud)))
    return cast("pulumi.Input[str]", _plain(account, cloud))


def _plain(account: Any, cloud: str) -> Any:
    wanted = ACCOUNTS[cloud]
    given = getattr(account, "account_cloud", "") or (account.cloud if isinstance(account, CloudAccountResult) else "")
    if given and ACCOUNTS.get(given, given) != wanted:
        raise InputError(f"a cluster on {cloud} needs an account of {wanted}, this one is of {given}", path=_PATH)
    if isinstance(account, pulumi.CustomResource):
        return account.id
    if isinstance(account, CloudAccountResult):
        return account.uid
    if not _UID.fullmatch(account):
        raise InputError(
            f'"{account}" is no uid (24 hexadecimal digits), and a bare text is always a uid; '
            f'by name: palette.get_cloud_account("{account}", cloud="{wanted}")',
            path=_PATH,
        )
    return account
