"""What `tools/bench.py` measures, one module a subject. Nothing here asserts a time: figures are for people."""
