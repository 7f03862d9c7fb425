"""Routes of cloud accounts: the same calls for each cloud."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from palette_sdk.controlplane import filtering, paging
from palette_sdk.controlplane.call import Call, RouteRow, parse
from palette_sdk.controlplane.services import accounts
from palette_sdk.wire.accounts import AwsAccount, AzureAccount, GcpAccount, VsphereAccount
from palette_sdk.wire.base import Wire

_MODELS: dict[str, type[Wire]] = {
    "aws": AwsAccount,
    "azure": AzureAccount,
    "gcp": GcpAccount,
    "vsphere": VsphereAccount,
}


def list_of(cloud: str, call: Call) -> dict[str, Any]:
    """The accounts of a cloud."""
    rows = filtering.narrow(accounts.listed(call, cloud), call.query.get("filters", ""))
    return paging.page(call, filtering.order(rows, call.query.get("orderBy", "")))


def create(cloud: str, call: Call) -> dict[str, Any]:
    """Add an account."""
    return {"uid": accounts.create(call, cloud, call.shaped(_MODELS[cloud]))}


def get(cloud: str, call: Call) -> dict[str, Any]:
    """An account, its secrets empty."""
    return accounts.get(call, cloud, call.path["uid"])


def put(cloud: str, call: Call) -> None:
    """Change an account."""
    accounts.update(call, cloud, call.path["uid"], call.shaped(_MODELS[cloud]))


def delete(cloud: str, call: Call) -> None:
    """Remove an account."""
    accounts.delete(call, cloud, call.path["uid"])


def validate(cloud: str, call: Call) -> None:
    """Say whether the credentials are complete; gcp wraps them in `spec`, the other clouds don't."""
    given = call.body if cloud == "gcp" else {"spec": call.body}
    parse(_MODELS[cloud], given)
    accounts.check(cloud, given.get("spec", {}))


def summary(call: Call) -> dict[str, Any]:
    """The accounts of all clouds."""
    rows = [
        {
            "kind": each["kind"],
            "metadata": each["metadata"],
            "specSummary": {"accountId": accounts.account_id(each)},
            "status": each["status"],
        }
        for cloud in accounts.CLOUDS
        for each in accounts.listed(call, cloud)
    ]
    rows = filtering.narrow(rows, call.query.get("filters", ""))
    return paging.page(call, filtering.order(rows, call.query.get("orderBy", "")))


def metadata(call: Call) -> dict[str, Any]:
    """Kinds and names; `environment` wants one cloud."""
    wanted = call.query.get("environment", "")
    return {
        "items": [
            {"kind": each["kind"], "metadata": each["metadata"]}
            for cloud in accounts.CLOUDS
            if wanted in {"", cloud}
            for each in accounts.listed(call, cloud)
        ]
    }


def _routes(cloud: str) -> list[RouteRow]:
    def of(handler: Callable[[str, Call], Any]) -> Callable[[Call], Any]:
        return partial(handler, cloud)

    base = f"/v1/cloudaccounts/{cloud}"
    return [
        ("GET", base, of(list_of), 200),
        ("POST", base, of(create), 201),
        ("GET", f"{base}/{{uid}}", of(get), 200),
        ("PUT", f"{base}/{{uid}}", of(put), 204),
        ("DELETE", f"{base}/{{uid}}", of(delete), 204),
        ("POST", f"/v1/clouds/{cloud}/account/validate", of(validate), 204),
    ]


ROUTES: tuple[RouteRow, ...] = (
    *(row for cloud in accounts.CLOUDS for row in _routes(cloud)),
    ("GET", "/v1/cloudaccounts/summary", summary, 200),
    ("GET", "/v1/dashboard/cloudaccounts/metadata", metadata, 200),
)
