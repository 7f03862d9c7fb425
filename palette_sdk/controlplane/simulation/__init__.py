"""Time on the local control plane: clusters, layers and machines as pure functions over documents and moments.

Knows no store, no HTTP and no clock. The services keep the documents and do what follows from a step.
"""
