"""Stands in for the plugin of pulumi-kubernetes where that isn't installed: the engine starts it by its name on PATH.

It takes every object as it is and asks no cluster; a service gets an address. Patches alone are made on the cluster, with the
calls that the plugin makes: server-side apply under the manager that an annotation names, and of nothing when one is deleted.
Configurations are judged as the plugin does it: with a cluster identifier, another identifier replaces the provider and nothing
else does.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from concurrent import futures
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from palette_sdk.kube import KubeApi

NAME = "pulumi-resource-kubernetes"
ADDRESS = "page.example.com"


def install(folder: Path) -> None:
    """Put the stand-in into a folder of PATH."""
    folder.mkdir()
    script = folder / NAME
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "$@"\n')
    script.chmod(0o755)


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Names of what differs; what the engine or the SDK put beside it begins with underscores."""
    return sorted(key for key in {*old, *new} if not key.startswith("__") and old.get(key) != new.get(key))


class Kubernetes(provider_pb2_grpc.ResourceProviderServicer):
    """The calls that the engine makes."""

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version="4.34.2")

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        old, new = plain(request.old_inputs), plain(request.news)
        names = differing(old, new)
        identity = "clusterIdentifier"
        replaces = names if old.get(identity) != new.get(identity) else []
        return answer(names, replaces)

    kubeconfig = ""

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        given = plain(request.args).get("kubeconfig", "")
        self.kubeconfig = str(given["value"] if isinstance(given, dict) else given)
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True, acceptResources=False)

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        return answer(differing(plain(request.old_inputs), plain(request.news)), [])

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        made = plain(request.properties)
        if ":Service::" in request.urn and not request.preview:
            made["status"] = {"loadBalancer": {"ingress": [{"hostname": ADDRESS}]}}
        if "Patch::" in request.urn and not request.preview:
            self.patch(made)
        meta = made["metadata"]
        uid = "" if request.preview else "/".join(filter(None, (meta.get("namespace"), meta["name"])))
        return provider_pb2.CreateResponse(id=uid, properties=struct(made))

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        kept = {"status": plain(request.olds)["status"]} if "status" in plain(request.olds) else {}
        return provider_pb2.UpdateResponse(properties=struct({**plain(request.news), **kept}))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        if "Patch::" in request.urn:
            self.patch({key: value for key, value in plain(request.properties).items() if key != "spec"})
        return empty_pb2.Empty()

    def patch(self, given: Mapping[str, Any]) -> None:
        """Apply a patch, or what is left of it when it is given up."""
        meta, marks = dict(given["metadata"]), given["metadata"]["annotations"]
        is_given_up = "spec" not in given
        if is_given_up:
            del meta["annotations"]
        else:
            given = {**given, "spec": {key: int(value) for key, value in given["spec"].items()}}
        with closing(KubeApi.connect(self.kubeconfig)) as api:
            api.apply(
                {**given, "metadata": meta},
                manager=marks["pulumi.com/patchFieldManager"],
                force=marks.get("pulumi.com/patchForce") == "true" and not is_given_up,
            )

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()


def answer(names: list[str], replaces: list[str]) -> Any:
    """What differs, and what of it replaces."""
    kinds = provider_pb2.DiffResponse
    return kinds(changes=kinds.DIFF_SOME if names else kinds.DIFF_NONE, diffs=names, replaces=replaces)


def plain(properties: Any) -> dict[str, Any]:
    """Properties as a dict."""
    return dict(json_format.MessageToDict(properties))


def struct(values: Mapping[str, Any]) -> Any:
    """A dict as properties."""
    found = struct_pb2.Struct()
    found.update(values)
    return found


def serve() -> None:
    """Serve until the engine ends the process."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Kubernetes(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    serve()
