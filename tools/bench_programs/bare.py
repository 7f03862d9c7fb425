"""As many resources as the fleet has, each with one property and no hooks; with another version two of them change."""

import pulumi
from nothing import Nothing

config = pulumi.Config()
version = config.get("version") or ""
for index in range(config.require_int("clusters") + config.require_int("others")):
    Nothing(f"bench-{index}", version if index < 2 else "")
