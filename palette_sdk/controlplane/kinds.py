"""The names of object kinds and of links in the store, in one place, since families refer to each other's objects.

A body in the store is kept in the shape the API gives it (`metadata`, `spec`, `status`), with more beside it where a
family needs that. Links are what the `inUse...` lists and the refusals of deletes are derived from.
"""

from __future__ import annotations

PROJECT = "project"
API_KEY = "apikey"
REGISTRY = "registry"
PROFILE = "clusterprofile"
MANIFEST = "manifest"
ACCOUNT = "cloudaccount"
EDGE_HOST = "edgehost"
CLUSTER = "spectrocluster"
CLOUD_CONFIG = "cloudconfig"
TEMPLATE = "clustertemplate"
POLICY = "spcpolicy"
NOTIFICATION = "notification"
EVENT = "event"
OVERLORD = "overlord"
BACKUP_LOCATION = "backuplocation"
FOLLOWER = "template-cluster"
"""How far a cluster follows its template (the parent); it has the cluster's uid. Gone once the cluster is deleted."""
PLANNED = "planned-cluster"
"""What the admin API has in store for the next cluster of a name: no object of the API. The name is its uid."""

CLUSTER_PROFILE = "cluster-profile"
"""From a cluster (not yet Deleted) to a profile that is attached to it."""
CLUSTER_CONTENT = "cluster-content"
"""From a cluster to content of profiles that it copied, and shares with others that copied the same."""
CLUSTER_ACCOUNT = "cluster-account"
"""From a cluster (not yet Deleted) to its cloud account."""
CLUSTER_EDGE_HOST = "cluster-edgehost"
"""From a cluster (not yet Deleted) to an edge host in one of its pools."""
CLUSTER_BACKUP_LOCATION = "cluster-backuplocation"
"""From a cluster (not yet Deleted) to the location that its schedule of backups names."""
TEMPLATE_PROFILE = "template-profile"
"""From a cluster template to a profile it names."""
CLUSTER_TEMPLATE = "cluster-template"
"""From a cluster (not yet Deleted) to the template that launched it."""
TEMPLATE_POLICY = "template-policy"
"""From a cluster template to the maintenance policy it names."""
