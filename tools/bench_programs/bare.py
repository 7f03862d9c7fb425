"""As many resources as the fleet has, each with one property and no hooks."""

import pulumi
from nothing import Nothing

for index in range(pulumi.Config().require_int("clusters") + 1):
    Nothing(f"bench-{index}")
