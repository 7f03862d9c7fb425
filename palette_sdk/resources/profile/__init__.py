"""Cluster profiles and their versions: `Profile` and `ProfileVersion` share one provider and one schema."""
