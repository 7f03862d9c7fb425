"""A Kubernetes API as plain objects: connect with a kubeconfig, discover, read, apply, patch.

A leaf: knows nothing of Palette, and no rule. Both the SDK and the control plane use it, as they use `wire`.
"""

from palette_sdk.kube.api import KubeApi, KubeObject, Resource
from palette_sdk.kube.managed import Manager, managers_of

__all__ = ["KubeApi", "KubeObject", "Manager", "Resource", "managers_of"]
