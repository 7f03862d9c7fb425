"""The Pulumi resources: one room each (args -> spec -> plan -> provider), and what their hooks share.

The only package that imports pulumi. Decisions are pure functions in `plan.py`; calls go through `client`.
"""
