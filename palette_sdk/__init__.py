"""Pulumi-style SDK for Spectro Cloud Palette: profiles, versions and clusters as Python classes.

Importing does no I/O, and what costs time to import waits until a name is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from palette_sdk.errors import PaletteError as PaletteError
    from palette_sdk.leftovers.model import Orphan as Orphan
    from palette_sdk.resources.arguments import ProgramError as ProgramError
    from palette_sdk.resources.cloud_account.args import AwsAuth as AwsAuth
    from palette_sdk.resources.cloud_account.args import AwsAuthDict as AwsAuthDict
    from palette_sdk.resources.cloud_account.args import AzureAuth as AzureAuth
    from palette_sdk.resources.cloud_account.args import AzureAuthDict as AzureAuthDict
    from palette_sdk.resources.cloud_account.args import GcpAuth as GcpAuth
    from palette_sdk.resources.cloud_account.args import GcpAuthDict as GcpAuthDict
    from palette_sdk.resources.cloud_account.args import VsphereAuth as VsphereAuth
    from palette_sdk.resources.cloud_account.args import VsphereAuthDict as VsphereAuthDict
    from palette_sdk.resources.cloud_account.resource import AwsCloudAccount as AwsCloudAccount
    from palette_sdk.resources.cloud_account.resource import AzureCloudAccount as AzureCloudAccount
    from palette_sdk.resources.cloud_account.resource import GcpCloudAccount as GcpCloudAccount
    from palette_sdk.resources.cloud_account.resource import VsphereCloudAccount as VsphereCloudAccount
    from palette_sdk.resources.cluster.args import Attach as Attach
    from palette_sdk.resources.cluster.args import AttachDict as AttachDict
    from palette_sdk.resources.cluster.args import Guards as Guards
    from palette_sdk.resources.cluster.args import GuardsDict as GuardsDict
    from palette_sdk.resources.cluster.args import VersionRef as VersionRef
    from palette_sdk.resources.cluster.clouds import Aks as Aks
    from palette_sdk.resources.cluster.clouds import AksDict as AksDict
    from palette_sdk.resources.cluster.clouds import Aws as Aws
    from palette_sdk.resources.cluster.clouds import AwsDict as AwsDict
    from palette_sdk.resources.cluster.clouds import Azure as Azure
    from palette_sdk.resources.cluster.clouds import AzureDict as AzureDict
    from palette_sdk.resources.cluster.clouds import AzureSubnet as AzureSubnet
    from palette_sdk.resources.cluster.clouds import AzureSubnetDict as AzureSubnetDict
    from palette_sdk.resources.cluster.clouds import CloudConfig as CloudConfig
    from palette_sdk.resources.cluster.clouds import CloudConfigDict as CloudConfigDict
    from palette_sdk.resources.cluster.clouds import EdgeNative as EdgeNative
    from palette_sdk.resources.cluster.clouds import EdgeNativeDict as EdgeNativeDict
    from palette_sdk.resources.cluster.clouds import Eks as Eks
    from palette_sdk.resources.cluster.clouds import EksAddon as EksAddon
    from palette_sdk.resources.cluster.clouds import EksAddonDict as EksAddonDict
    from palette_sdk.resources.cluster.clouds import EksDict as EksDict
    from palette_sdk.resources.cluster.clouds import Gcp as Gcp
    from palette_sdk.resources.cluster.clouds import GcpDict as GcpDict
    from palette_sdk.resources.cluster.clouds import Gke as Gke
    from palette_sdk.resources.cluster.clouds import GkeDict as GkeDict
    from palette_sdk.resources.cluster.clouds import Vsphere as Vsphere
    from palette_sdk.resources.cluster.clouds import VsphereDict as VsphereDict
    from palette_sdk.resources.cluster.declared import BackupPolicy as BackupPolicy
    from palette_sdk.resources.cluster.declared import BackupPolicyDict as BackupPolicyDict
    from palette_sdk.resources.cluster.declared import Override as Override
    from palette_sdk.resources.cluster.declared import OverrideDict as OverrideDict
    from palette_sdk.resources.cluster.declared import OverridePolicy as OverridePolicy
    from palette_sdk.resources.cluster.declared import OverrideRule as OverrideRule
    from palette_sdk.resources.cluster.declared import OverrideRuleDict as OverrideRuleDict
    from palette_sdk.resources.cluster.machines import AwsMachine as AwsMachine
    from palette_sdk.resources.cluster.machines import AwsMachineDict as AwsMachineDict
    from palette_sdk.resources.cluster.machines import AzureMachine as AzureMachine
    from palette_sdk.resources.cluster.machines import AzureMachineDict as AzureMachineDict
    from palette_sdk.resources.cluster.machines import EdgeHost as EdgeHost
    from palette_sdk.resources.cluster.machines import EdgeHostDict as EdgeHostDict
    from palette_sdk.resources.cluster.machines import EdgeHosts as EdgeHosts
    from palette_sdk.resources.cluster.machines import EdgeHostsDict as EdgeHostsDict
    from palette_sdk.resources.cluster.machines import GcpMachine as GcpMachine
    from palette_sdk.resources.cluster.machines import GcpMachineDict as GcpMachineDict
    from palette_sdk.resources.cluster.machines import Machine as Machine
    from palette_sdk.resources.cluster.machines import VsphereMachine as VsphereMachine
    from palette_sdk.resources.cluster.machines import VsphereMachineDict as VsphereMachineDict
    from palette_sdk.resources.cluster.machines import VspherePlacement as VspherePlacement
    from palette_sdk.resources.cluster.machines import VspherePlacementDict as VspherePlacementDict
    from palette_sdk.resources.cluster.pools import Pool as Pool
    from palette_sdk.resources.cluster.pools import PoolDict as PoolDict
    from palette_sdk.resources.cluster.pools import Taint as Taint
    from palette_sdk.resources.cluster.pools import TaintDict as TaintDict
    from palette_sdk.resources.cluster.pools import control_plane as control_plane
    from palette_sdk.resources.cluster.pools import workers as workers
    from palette_sdk.resources.cluster.resource import Cluster as Cluster
    from palette_sdk.resources.cluster_template.resource import ClusterTemplate as ClusterTemplate
    from palette_sdk.resources.fleet.args import ClusterArgs as ClusterArgs
    from palette_sdk.resources.fleet.args import ClusterArgsDict as ClusterArgsDict
    from palette_sdk.resources.fleet.args import Stage as Stage
    from palette_sdk.resources.fleet.args import StageDict as StageDict
    from palette_sdk.resources.fleet.component import Fleet as Fleet
    from palette_sdk.resources.fleet.component import FleetStage as FleetStage
    from palette_sdk.resources.fleet_lookups import ClusterTemplateResult as ClusterTemplateResult
    from palette_sdk.resources.fleet_lookups import MaintenancePolicyResult as MaintenancePolicyResult
    from palette_sdk.resources.fleet_lookups import get_cluster_template as get_cluster_template
    from palette_sdk.resources.fleet_lookups import get_cluster_template_output as get_cluster_template_output
    from palette_sdk.resources.fleet_lookups import get_maintenance_policy as get_maintenance_policy
    from palette_sdk.resources.fleet_lookups import get_maintenance_policy_output as get_maintenance_policy_output
    from palette_sdk.resources.lookups import BackupLocationResult as BackupLocationResult
    from palette_sdk.resources.lookups import CloudAccountResult as CloudAccountResult
    from palette_sdk.resources.lookups import ClusterResult as ClusterResult
    from palette_sdk.resources.lookups import ClusterStatusResult as ClusterStatusResult
    from palette_sdk.resources.lookups import PackResult as PackResult
    from palette_sdk.resources.lookups import ProfileResult as ProfileResult
    from palette_sdk.resources.lookups import RegistryResult as RegistryResult
    from palette_sdk.resources.lookups import get_backup_location as get_backup_location
    from palette_sdk.resources.lookups import get_backup_location_output as get_backup_location_output
    from palette_sdk.resources.lookups import get_cloud_account as get_cloud_account
    from palette_sdk.resources.lookups import get_cloud_account_output as get_cloud_account_output
    from palette_sdk.resources.lookups import get_cluster as get_cluster
    from palette_sdk.resources.lookups import get_cluster_output as get_cluster_output
    from palette_sdk.resources.lookups import get_cluster_status as get_cluster_status
    from palette_sdk.resources.lookups import get_cluster_status_output as get_cluster_status_output
    from palette_sdk.resources.lookups import get_clusters as get_clusters
    from palette_sdk.resources.lookups import get_clusters_output as get_clusters_output
    from palette_sdk.resources.lookups import get_pack as get_pack
    from palette_sdk.resources.lookups import get_pack_output as get_pack_output
    from palette_sdk.resources.lookups import get_profile as get_profile
    from palette_sdk.resources.lookups import get_profile_output as get_profile_output
    from palette_sdk.resources.lookups import get_registry as get_registry
    from palette_sdk.resources.lookups import get_registry_output as get_registry_output
    from palette_sdk.resources.maintenance_policy.args import Schedule as Schedule
    from palette_sdk.resources.maintenance_policy.args import ScheduleDict as ScheduleDict
    from palette_sdk.resources.maintenance_policy.resource import MaintenancePolicy as MaintenancePolicy
    from palette_sdk.resources.orphans import orphans as orphans
    from palette_sdk.resources.orphans import orphans_output as orphans_output
    from palette_sdk.resources.profile.args import Layer as Layer
    from palette_sdk.resources.profile.args import LayerDict as LayerDict
    from palette_sdk.resources.profile.args import Variable as Variable
    from palette_sdk.resources.profile.args import VariableDict as VariableDict
    from palette_sdk.resources.profile.args import helm as helm
    from palette_sdk.resources.profile.args import manifest as manifest
    from palette_sdk.resources.profile.args import oci as oci
    from palette_sdk.resources.profile.args import pack as pack
    from palette_sdk.resources.profile.args import render as render
    from palette_sdk.resources.profile.imported import ImportedProfile as ImportedProfile
    from palette_sdk.resources.profile.resource import Profile as Profile
    from palette_sdk.resources.profile.resource import ProfileVersion as ProfileVersion
    from palette_sdk.resources.program import Cloud as Cloud
    from palette_sdk.resources.program import Timeouts as Timeouts
    from palette_sdk.resources.program import TimeoutsDict as TimeoutsDict
    from palette_sdk.resources.scale_to_zero import ScaleToZero as ScaleToZero
    from palette_sdk.resources.template_rollout.resource import TemplateRollout as TemplateRollout

_HOME = {
    "Aks": "resources.cluster.clouds",
    "AksDict": "resources.cluster.clouds",
    "Attach": "resources.cluster.args",
    "AttachDict": "resources.cluster.args",
    "Aws": "resources.cluster.clouds",
    "AwsAuth": "resources.cloud_account.args",
    "AwsAuthDict": "resources.cloud_account.args",
    "AwsCloudAccount": "resources.cloud_account.resource",
    "AwsDict": "resources.cluster.clouds",
    "AwsMachine": "resources.cluster.machines",
    "AwsMachineDict": "resources.cluster.machines",
    "Azure": "resources.cluster.clouds",
    "AzureAuth": "resources.cloud_account.args",
    "AzureAuthDict": "resources.cloud_account.args",
    "AzureCloudAccount": "resources.cloud_account.resource",
    "AzureDict": "resources.cluster.clouds",
    "AzureMachine": "resources.cluster.machines",
    "AzureMachineDict": "resources.cluster.machines",
    "AzureSubnet": "resources.cluster.clouds",
    "AzureSubnetDict": "resources.cluster.clouds",
    "BackupLocationResult": "resources.lookups",
    "BackupPolicy": "resources.cluster.declared",
    "BackupPolicyDict": "resources.cluster.declared",
    "Cloud": "resources.program",
    "CloudAccountResult": "resources.lookups",
    "CloudConfig": "resources.cluster.clouds",
    "CloudConfigDict": "resources.cluster.clouds",
    "Cluster": "resources.cluster.resource",
    "ClusterArgs": "resources.fleet.args",
    "ClusterArgsDict": "resources.fleet.args",
    "ClusterResult": "resources.lookups",
    "ClusterStatusResult": "resources.lookups",
    "ClusterTemplate": "resources.cluster_template.resource",
    "ClusterTemplateResult": "resources.fleet_lookups",
    "EdgeHost": "resources.cluster.machines",
    "EdgeHostDict": "resources.cluster.machines",
    "EdgeHosts": "resources.cluster.machines",
    "EdgeHostsDict": "resources.cluster.machines",
    "EdgeNative": "resources.cluster.clouds",
    "EdgeNativeDict": "resources.cluster.clouds",
    "Eks": "resources.cluster.clouds",
    "EksAddon": "resources.cluster.clouds",
    "EksAddonDict": "resources.cluster.clouds",
    "EksDict": "resources.cluster.clouds",
    "Fleet": "resources.fleet.component",
    "FleetStage": "resources.fleet.component",
    "Gcp": "resources.cluster.clouds",
    "GcpAuth": "resources.cloud_account.args",
    "GcpAuthDict": "resources.cloud_account.args",
    "GcpCloudAccount": "resources.cloud_account.resource",
    "GcpDict": "resources.cluster.clouds",
    "GcpMachine": "resources.cluster.machines",
    "GcpMachineDict": "resources.cluster.machines",
    "Gke": "resources.cluster.clouds",
    "GkeDict": "resources.cluster.clouds",
    "Guards": "resources.cluster.args",
    "GuardsDict": "resources.cluster.args",
    "ImportedProfile": "resources.profile.imported",
    "Layer": "resources.profile.args",
    "LayerDict": "resources.profile.args",
    "Machine": "resources.cluster.machines",
    "MaintenancePolicy": "resources.maintenance_policy.resource",
    "MaintenancePolicyResult": "resources.fleet_lookups",
    "Orphan": "leftovers.model",
    "Override": "resources.cluster.declared",
    "OverrideDict": "resources.cluster.declared",
    "OverridePolicy": "resources.cluster.declared",
    "OverrideRule": "resources.cluster.declared",
    "OverrideRuleDict": "resources.cluster.declared",
    "PackResult": "resources.lookups",
    "PaletteError": "errors",
    "Pool": "resources.cluster.pools",
    "PoolDict": "resources.cluster.pools",
    "Profile": "resources.profile.resource",
    "ProfileResult": "resources.lookups",
    "ProfileVersion": "resources.profile.resource",
    "ProgramError": "resources.arguments",
    "RegistryResult": "resources.lookups",
    "ScaleToZero": "resources.scale_to_zero",
    "Schedule": "resources.maintenance_policy.args",
    "ScheduleDict": "resources.maintenance_policy.args",
    "Stage": "resources.fleet.args",
    "StageDict": "resources.fleet.args",
    "Taint": "resources.cluster.pools",
    "TaintDict": "resources.cluster.pools",
    "TemplateRollout": "resources.template_rollout.resource",
    "Timeouts": "resources.program",
    "TimeoutsDict": "resources.program",
    "Variable": "resources.profile.args",
    "VariableDict": "resources.profile.args",
    "VersionRef": "resources.cluster.args",
    "Vsphere": "resources.cluster.clouds",
    "VsphereAuth": "resources.cloud_account.args",
    "VsphereAuthDict": "resources.cloud_account.args",
    "VsphereCloudAccount": "resources.cloud_account.resource",
    "VsphereDict": "resources.cluster.clouds",
    "VsphereMachine": "resources.cluster.machines",
    "VsphereMachineDict": "resources.cluster.machines",
    "VspherePlacement": "resources.cluster.machines",
    "VspherePlacementDict": "resources.cluster.machines",
    "control_plane": "resources.cluster.pools",
    "get_backup_location": "resources.lookups",
    "get_backup_location_output": "resources.lookups",
    "get_cloud_account": "resources.lookups",
    "get_cloud_account_output": "resources.lookups",
    "get_cluster": "resources.lookups",
    "get_cluster_output": "resources.lookups",
    "get_cluster_status": "resources.lookups",
    "get_cluster_status_output": "resources.lookups",
    "get_cluster_template": "resources.fleet_lookups",
    "get_cluster_template_output": "resources.fleet_lookups",
    "get_clusters": "resources.lookups",
    "get_clusters_output": "resources.lookups",
    "get_maintenance_policy": "resources.fleet_lookups",
    "get_maintenance_policy_output": "resources.fleet_lookups",
    "get_pack": "resources.lookups",
    "get_pack_output": "resources.lookups",
    "get_profile": "resources.lookups",
    "get_profile_output": "resources.lookups",
    "get_registry": "resources.lookups",
    "get_registry_output": "resources.lookups",
    "helm": "resources.profile.args",
    "manifest": "resources.profile.args",
    "oci": "resources.profile.args",
    "orphans": "resources.orphans",
    "orphans_output": "resources.orphans",
    "pack": "resources.profile.args",
    "render": "resources.profile.args",
    "workers": "resources.cluster.pools",
}

__all__ = sorted(_HOME)  # noqa: PLE0605 - a test holds it to what is importable


def __getattr__(name: str) -> object:
    """The public name, from the module that has it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOME)
