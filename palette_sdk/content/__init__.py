"""The text of layers: values and manifests. Checks, digests, edits and fills in text, byte for byte where nothing changes.

Pure: no files are read here. `tree.py` reads YAML, `scalars.py` writes it; nothing else knows the YAML library, which is
imported when first used.
"""
