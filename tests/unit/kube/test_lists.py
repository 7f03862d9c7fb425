"""Lists of a Kubernetes API."""

from __future__ import annotations

from palette_sdk.kube import Resource
from tests.unit.leftovers.fake_kubernetes import FakeKubernetes
from tests.unit.leftovers.objects import made

SECRETS = Resource("", "v1", "Secret", "secrets", is_namespaced=True)


def test_metadata_only() -> None:
    """A list of metadata asks the server for that alone, and has kind and version all the same."""
    server = FakeKubernetes({**made("Secret", "password"), "data": {"word": "aHVzaA=="}})
    (whole,) = server.api().list(SECRETS)
    assert whole["data"] == {"word": "aHVzaA=="}
    (row,) = server.api().list(SECRETS, metadata_only=True)
    assert (row["apiVersion"], row["kind"], row["metadata"]["name"]) == ("v1", "Secret", "password")
    assert "data" not in row
    assert server.seen[-1][2].startswith("application/json;as=PartialObjectMetadataList;")
