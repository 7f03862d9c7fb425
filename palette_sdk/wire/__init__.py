"""JSON bodies of the Palette REST API as pydantic models, one file an API family.

No behaviour and no I/O: this is all that the client and the local control plane share (beside the errors).
"""
