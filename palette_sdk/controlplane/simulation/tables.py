"""How long things take and what follows what, as data. No logic: change a figure here and the simulation follows.

Figures are seconds of the server's clock, or shares of a whole. Where a figure is a range, each cluster has its own
place in it, which depends on its uid alone.
"""

from __future__ import annotations

from typing import Final

PROVISION_S: Final = (900.0, 1200.0)
"""From the accepted create to healthy."""
PROVISION_STAGES: Final = (("Pending", 0.005), ("Provisioning", 0.035), ("Running", 0.62))
"""State, and the share of the whole after which it is entered; layers install in what is left."""
MACHINES_START: Final = {True: 0.10, False: 0.25}
"""Share of the provisioning after which machines are ordered: control plane (True) before workers (False)."""

UPDATE_S: Final = (60.0, 120.0)
"""From a change of profiles to the last layer being ready."""
DOWNLOAD_SHARE: Final = 0.3
"""Share of an update after which `canBeApplied` becomes true."""

DELETE_S: Final = (240.0, 420.0)
"""From the accepted delete to gone."""
DELETE_MACHINES_SHARE: Final = 0.3
"""Share of a deletion after which the machines go."""

BACKUP_S: Final = (120.0, 300.0)
"""From the start of a backup to its end."""
BACKUP_DELETE_S: Final = (20.0, 60.0)
"""From the accepted delete of a backup to gone."""
RESTORE_S: Final = (120.0, 300.0)
"""From the accepted restore to its end."""

WINDOW_GROUP: Final = 50
"""How many clusters of a template start at once in a maintenance window."""
WINDOW_GROUP_S: Final = 300.0
"""From the start of one group to the start of the next."""
WINDOW_SETTLE_S: Final = 300.0
"""From the last change of a template or its values to the earliest start in a window that is open."""

LAYER_ORDER: Final = ("kernel", "os", "k8s", "cni", "csi", "addon")
"""Layers from the ground up; each waits until those before it are ready."""
LAYER_WEIGHT: Final = {"kernel": 1.0, "os": 2.0, "k8s": 4.0, "cni": 3.0, "csi": 2.0, "addon": 3.0}
"""How the time of a roll-out is shared among its layers."""
INSTALLED_SHARE: Final = 0.6
"""Share of a layer's time after which it is installed; it is ready at the end."""

REPAVE_LAYERS: Final = ("kernel", "os", "k8s", "cni")
"""Layers whose change of version replaces the nodes."""

MACHINE_NEXT: Final = {
    "Pending": ("Provisioning", 5.0, 20.0),
    "Provisioning": ("Provisioned", 60.0, 90.0),
    "Provisioned": ("Running", 20.0, 40.0),
    "Deleting": ("Deleted", 40.0, 70.0),
}
"""State of a machine: the next one, and how long it takes, from and to."""
MAINTENANCE_NEXT: Final = {"Initiated": ("Completed", 20.0, 40.0)}
"""State of a machine's maintenance: the next one, and how long it takes."""
