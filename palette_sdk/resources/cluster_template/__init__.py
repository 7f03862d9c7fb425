"""Cluster templates: their arguments, plan, bodies, hooks and class, and what those that follow one need to know of it."""
