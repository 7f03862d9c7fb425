"""Cluster profiles and their versions: `Profile`, `ProfileVersion` and `ImportedProfile` share one provider and one schema."""
