"""Access files of a cluster. Those of a simulated one are of the right form and lead nowhere, and say so."""

from __future__ import annotations

from typing import Any

import yaml

from palette_sdk.controlplane.assumptions_clusters import NOT_AVAILABLE_YET
from palette_sdk.controlplane.kubernetes.access import Access
from palette_sdk.controlplane.services import clusters_cards as cards
from palette_sdk.controlplane.services import clusters_views as views
from palette_sdk.controlplane.services.clusters_kubernetes import access_of, token_of

Doc = dict[str, Any]

NOTE = "# Simulated: this cluster exists only in a local control plane, and no server answers at this address.\n"


def kubeconfig(doc: Doc, user: str) -> str:
    """A kubeconfig of the cluster for a kind of user, as YAML.

    Raises:
        Refusal: 404, the cluster isn't Running yet.
    """
    if "Running" not in doc["marks"]:
        name, state = doc["metadata"]["name"], cards.state_of(doc)
        raise NOT_AVAILABLE_YET.refusal(f"cluster {name!r} is {state}; its kubeconfig is there once it is Running")
    name = doc["metadata"]["name"]
    if (access := access_of(doc)) is not None:
        return access.kubeconfig(user, name=name)
    endpoint = views.endpoints(doc)[0]
    nowhere = Access(
        server=f"https://{endpoint['host']}:{endpoint['port']}",
        authority=f"simulated certificate authority of {doc['metadata']['uid']}",
        tokens={user: token_of(doc, user)},
    )
    return NOTE + nowhere.kubeconfig(user, name=name)


def all_assets(doc: Doc) -> Doc:
    """All access files in one; empty where there is none yet."""
    is_there = "Running" in doc["marks"]
    return {
        "spec": {
            "kubeconfig": kubeconfig(doc, "admin") if is_there else "",
            "kubeconfigclient": kubeconfig(doc, "client") if is_there else "",
            "frpKubeconfig": "",
            "tokenkubeconfig": "",
            "manifest": "",
        }
    }


def import_manifest(doc: Doc, base_url: str) -> str:
    """What an agent would be installed with."""
    uid = doc["metadata"]["uid"]
    document = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "palette-agent", "namespace": f"cluster-{uid}"},
        "data": {"host": base_url, "clusterUid": uid},
    }
    return "# Simulated: no agent reports to a local control plane.\n" + yaml.safe_dump(document, sort_keys=False)
