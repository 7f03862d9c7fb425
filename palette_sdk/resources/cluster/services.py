"""The address of a service of a cluster, as an output."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi

from palette_sdk.resources.arguments import ProgramError


def service_address(
    cluster: pulumi.Resource,
    services: pulumi.Output[Mapping[str, Any]],
    name: str,
    *,
    port: int,
    namespace: str | None,
    scheme: str,
) -> pulumi.Output[str]:
    """`scheme://host:port` of a service; unknown in a preview until it exists.

    Raises:
        ProgramError: in `pulumi up`, when the cluster has no such service or not that port.
    """

    def address(found: Mapping[str, Any] | None) -> Any:
        service = _pick(found or {}, name, namespace)
        if service is not None and port in [int(item) for item in service.get("ports", [])]:
            return f"{scheme}://{service['host']}:{port}"
        if pulumi.runtime.is_dry_run():
            return not_yet(cluster)
        raise ProgramError(_missing(cluster, found or {}, name, port, service))

    return services.apply(address)


def _pick(services: Mapping[str, Any], name: str, namespace: str | None) -> Mapping[str, Any] | None:
    found = services.get(f"{namespace}/{name}") if namespace else None
    found = found or services.get(name)
    if isinstance(found, Mapping) and namespace and found.get("namespace", namespace) != namespace:
        return None
    return found if isinstance(found, Mapping) and found.get("host") else None


def _missing(
    cluster: pulumi.Resource, services: Mapping[str, Any], name: str, port: int, service: Mapping[str, Any] | None
) -> str:
    own = cluster._name  # noqa: SLF001 - pulumi keeps the resource's name there
    if service is not None:
        ports = ", ".join(str(int(item)) for item in service.get("ports", []))
        return f'service "{name}" of cluster "{own}" has no port {port}; it has {ports or "none"}'
    there = ", ".join(sorted(services)) or "none with an address"
    return (
        f'cluster "{own}" has no service "{name}" with an address; it has: {there}.\n'
        "  check the name in the profile's manifests, and that the service is of type LoadBalancer"
    )


def not_yet(cluster: pulumi.Resource) -> pulumi.Output[str]:
    """What comes from a cluster and isn't known in a preview; to be given by what `apply` calls."""
    loop = asyncio.get_running_loop()

    def ready(value: Any) -> asyncio.Future[Any]:
        future = loop.create_future()
        future.set_result(value)
        return future

    return pulumi.Output(ready({cluster}), ready(""), ready(False))
