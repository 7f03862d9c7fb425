"""Maintenance policies: their arguments, bodies, hooks and class."""
