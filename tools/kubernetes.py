"""Find the programs of a real Kubernetes control plane, or build them once into the cache, and print their folder."""

from __future__ import annotations

import sys

from palette_sdk.errors import LocalError
from palette_sdk.local import kubernetes

if __name__ == "__main__":
    try:
        print(kubernetes.ensure(lambda line: print(f"Kubernetes set-up: {line}", file=sys.stderr)))
    except LocalError as error:
        sys.exit(f"Kubernetes set-up: {error}")
