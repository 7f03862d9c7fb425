"""The programs of a real Kubernetes control plane: where they are, and how they come to be there.

They are looked for where envtest looks, and in the cache; else they are built there once from the Go modules beside this
file. Needs no release page, only Go's module proxy.
"""

from palette_sdk.local.kubernetes.assets import KUBERNETES, PROGRAMS, ensure, find

__all__ = ["KUBERNETES", "PROGRAMS", "ensure", "find"]
