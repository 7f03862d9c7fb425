"""Decisions about clusters with real control planes that the contract leaves open, in the form of `assumptions`."""

from __future__ import annotations

from palette_sdk.controlplane.assumptions import Assumption

APPLIED = Assumption(
    "how layers get onto a cluster",
    "By server-side apply with the field manager `palette`, which takes fields over from others; first what makes kinds "
    "and namespaces, then in the order of the text. A namespace that is used and not named is made before. Fields that "
    "the API server doesn't know are refused.",
    "The documentation says that what a profile names is kept, not how.",
)
RECONCILED = Assumption(
    "what happens to objects that somebody changes",
    "Each second: what is gone comes back, what differs is put back, as far as the layer names it. What somebody scaled "
    "to 0 stays at 0. What no layer names any more is left alone. While an update waits, what was applied before is kept.",
    "So the vendor's documentation tells it; how long it takes there it doesn't say.",
)
RELEASES = Assumption(
    "what packs and charts leave on a cluster",
    "A release record as Helm has it (a Secret, the last revision only), and Helm's annotations on the objects.",
    "The packs of the service are charts. So tools that read releases, and `palette orphans`, see what a layer names.",
)
LAYER_ERRORS = Assumption(
    "what a cluster says when its API server refuses a layer",
    "The layer's condition is Error with the reason `ApplyFailed`, its message names the object and has the server's words; "
    "the cluster is UnHealthy. It is tried again, and mends with the next content or when the server takes it.",
    "The conditions exist; their texts are not described.",
)
RUNNING = Assumption(
    "what runs in a real control plane without machines",
    "Nodes are told for machines that run, with the profile's version of Kubernetes. A pod that is scheduled is Running, "
    "one of a job then Succeeded; load balancers get the address that a simulated cluster would give, claims a volume. "
    "There are no logs and no shells.",
    "Nothing that follows from the API alone should look different.",
)
