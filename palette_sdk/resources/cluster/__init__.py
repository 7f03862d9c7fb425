"""Clusters: what a program writes, what becomes of it, and the hooks that carry it out."""
