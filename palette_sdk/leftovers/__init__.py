"""What Palette once put on a cluster and no layer names any more: orphans. Found, told, scaled to 0.

Palette applies what a profile names and deletes nothing, so what a later version doesn't name goes on running. `judging` and
`naming` are pure; `reading` asks Palette and the cluster; `scaling` writes to the cluster. The command and the look-ups stand
on it.
"""

from palette_sdk.leftovers.judging import Leftovers, Orphan
from palette_sdk.leftovers.reading import open_cluster, read_leftovers
from palette_sdk.leftovers.scaling import Scaled, scale_to_zero

__all__ = ["Leftovers", "Orphan", "Scaled", "open_cluster", "read_leftovers", "scale_to_zero"]
