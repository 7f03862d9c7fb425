"""Every field of every body is spelled as the service spells it, compared with the published description of the API."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import palette_sdk.wire
from palette_sdk.wire.base import OpenWire, Wire

POOLS = [f"v1{cloud}MachinePoolConfig" for cloud in ("Aws", "Eks", "Azure", "Gcp", "Vsphere", "EdgeNative")]
CREATES = [f"v1Spectro{cloud}ClusterEntity.spec" for cloud in ("Aws", "Eks", "Azure", "Gcp", "Vsphere", "EdgeNative")]
POOL_ENTITIES = [
    f"v1{cloud}MachinePoolConfigEntity" for cloud in ("Aws", "Eks", "Azure", "Gcp", "Vsphere", "EdgeNative")
]

# Model -> the definitions it stands for; a dot goes into an inline object. A model fits when each of its fields is
# in one of them.
DEFINITIONS: dict[str, list[str]] = {
    "meta.ObjectMeta": ["v1ObjectMeta"],
    "meta.MetaInput": ["v1ObjectMetaInputEntity"],
    "meta.MetaPatch": ["v1ObjectMetaInputEntitySchema"],
    "meta.EntityRef": ["v1ObjectEntity"],
    "meta.ObjectRef": ["v1ObjectReference"],
    "meta.UserRef": ["v1ObjectResReference"],
    "meta.ListMeta": ["v1ListMetaData"],
    "meta.Uid": ["v1Uid"],
    "meta.ErrorBody": ["v1Error"],
    "meta.ConstraintError": ["v1ConstraintError"],
    "meta.ConstraintResult": ["v1ConstraintValidatorResult"],
    "meta.ConstraintResults": ["v1ConstraintValidatorResponse"],
    "projects.ProjectMetadata": ["v1ProjectMetadata"],
    "projects.ProjectsMetadata": ["v1ProjectsMetadata"],
    "projects.ProjectCreate": ["v1ProjectEntity"],
    "projects.Project": ["v1Project"],
    "packs.RegistryMetadata": ["v1RegistryMetadata"],
    "packs.RegistriesMetadata": ["v1RegistriesMetadata"],
    "packs.RegistrySyncStatus": ["v1RegistrySyncStatus"],
    "packs.PackTag": ["v1PackTags"],
    "packs.PackDependency": ["v1PackDependencyMeta"],
    "packs.PackValuesOf": ["v1PackUidValues"],
    "packs.PackTagEntity": ["v1PackTagEntity"],
    "packs.PackSummarySpec": ["v1PackSummarySpec"],
    "packs.PackSummary": ["v1PackSummary"],
    "packs.PackSummaries": ["v1PackSummaries"],
    "packs.RegistryPack": ["v1RegistryPackMetadata"],
    "packs.PackMetadataSpec": ["v1PackMetadataSpec"],
    "packs.PackMetadata": ["v1PackMetadata"],
    "packs.PackMetadataList": ["v1PackMetadataList"],
    "packs.FilterString": ["v1FilterString"],
    "packs.FilterArray": ["v1FilterArray"],
    "packs.PackFilter": ["v1PackFilterSpec"],
    "packs.Sort": ["v1PackSortSpec"],
    "packs.PackSearch": ["v1PacksFilterSpec"],
    "accounts.AccountStatus": ["v1CloudAccountStatus"],
    "accounts.AwsSts": ["v1AwsStsCredentials"],
    "accounts.AwsPodIdentity": ["v1AwsPodIdentityCredentials"],
    "accounts.AwsAccountSpec": ["v1AwsCloudAccount"],
    "accounts.AzureAccountSpec": ["v1AzureCloudAccount"],
    "accounts.GcpAccountSpec": ["v1GcpAccountEntitySpec"],
    "accounts.VsphereAccountSpec": ["v1VsphereCloudAccount"],
    "accounts.AwsAccount": ["v1AwsAccount"],
    "accounts.AzureAccount": ["v1AzureAccount"],
    "accounts.GcpAccount": ["v1GcpAccount"],
    "accounts.VsphereAccount": ["v1VsphereAccount"],
    "accounts.AwsAccounts": ["v1AwsAccounts"],
    "accounts.AzureAccounts": ["v1AzureAccounts"],
    "accounts.GcpAccounts": ["v1GcpAccounts"],
    "accounts.VsphereAccounts": ["v1VsphereAccounts"],
    "accounts.GcpAccountValidate": ["v1GcpCloudAccountValidateEntity"],
    "accounts.AccountSummarySpec": ["v1CloudAccountSummary.specSummary"],
    "accounts.AccountSummary": ["v1CloudAccountSummary"],
    "accounts.AccountsSummary": ["v1CloudAccountsSummary"],
    "notifications.NotificationAction": ["v1NotificationAction"],
    "notifications.Source": ["v1NotificationSource", "v1EventSource"],
    "notifications.Notification": ["v1Notification"],
    "notifications.Notifications": ["v1Notifications"],
    "notifications.Event": ["v1Event"],
    "notifications.Events": ["v1Events"],
    "profiles.PackRef": ["v1PackRef"],
    "profiles.Template": ["v1ClusterProfileTemplate"],
    "profiles.ProfileVersionRef": ["v1ClusterProfileVersion"],
    "profiles.ProfileSpec": ["v1ClusterProfileSpec"],
    "profiles.ProfileStatus": ["v1ClusterProfileStatus"],
    "profiles.ClusterProfile": ["v1ClusterProfile"],
    "profiles.VariableOption": ["v1VariableOption"],
    "profiles.Variable": ["v1Variable"],
    "profiles.Variables": ["v1Variables"],
    "profiles.VariableNames": ["v1VariableNames"],
    "profiles.ManifestInput": ["v1ManifestInputEntity"],
    "profiles.ManifestUpdate": ["v1ManifestRefUpdateEntity"],
    "profiles.PackManifestEntity": ["v1PackManifestEntity"],
    "profiles.PackManifestUpdate": ["v1PackManifestUpdateEntity"],
    "profiles.TemplateDraft": ["v1ClusterProfileTemplateDraft"],
    "profiles.ProfileCreateSpec": ["v1ClusterProfileEntity.spec"],
    "profiles.ProfileCreate": ["v1ClusterProfileEntity"],
    "profiles.TemplateUpdate": ["v1ClusterProfileTemplateUpdate"],
    "profiles.ProfileUpdateSpec": ["v1ClusterProfileUpdateEntity.spec"],
    "profiles.ProfileUpdate": ["v1ClusterProfileUpdateEntity"],
    "profiles.CloneTarget": ["v1ClusterProfileCloneTarget"],
    "profiles.CloneMeta": ["v1ClusterProfileCloneMetaInputEntity"],
    "profiles.ProfileClone": ["v1ClusterProfileCloneEntity"],
    "profiles.ProfileMetaSpec": ["v1ClusterProfileSpecEntity"],
    "profiles.ProfileMetaPatch": ["v1ProfileMetaEntity"],
    "profiles.ProfileMetadataSpec": ["v1ClusterProfileMetadata.spec"],
    "profiles.ProfileMetadata": ["v1ClusterProfileMetadata"],
    "profiles.ProfilesMetadata": ["v1ClusterProfilesMetadata"],
    "profiles.ProfileFilter": ["v1ClusterProfileFilterSpec"],
    "profiles.ProfileSearch": ["v1ClusterProfilesFilterSpec"],
    "profiles.PackRefSummary": ["v1PackRefSummary"],
    "profiles.TemplateSummary": ["v1ClusterProfileTemplateSummary"],
    "profiles.ProfileSummarySpec": ["v1ClusterProfileSummary.specSummary"],
    "profiles.ProfileSummaryStatus": ["v1ClusterProfileStatusSummary"],
    "profiles.ProfileSummary": ["v1ClusterProfileSummary"],
    "profiles.ProfilesSummary": ["v1ClusterProfilesSummary"],
    "layers.ManifestSummary": ["v1ManifestSummary"],
    "layers.PackManifestsSpec": ["v1PackManifestsSpec"],
    "layers.PackManifestsOf": ["v1ClusterProfilePackManifests"],
    "layers.ProfilePacksManifestsSpec": ["v1ClusterProfilePacksManifests.spec"],
    "layers.ProfilePacksManifests": ["v1ClusterProfilePacksManifests"],
    "layers.ProfilePacks": ["v1ClusterProfilePacksEntities"],
    "layers.InstalledManifest": ["v1ClusterManifest"],
    "layers.InstalledManifests": ["v1ClusterManifests"],
    "layers.ManifestData": ["v1ManifestData"],
    "layers.ManifestSpec": ["v1ManifestSpec"],
    "layers.ManifestEntity": ["v1ManifestEntity"],
    "layers.ManifestEntities": ["v1ManifestEntities"],
    "layers.ManifestText": ["v1ManifestRefInputEntity"],
    "layers.ManifestTexts": ["v1ManifestRefInputEntities"],
    "layers.PackManifestRef": ["v1PackManifestRef"],
    "layers.PackConfigSpec": ["v1PackConfigSpec"],
    "layers.PackConfig": ["v1PackConfig"],
    "layers.PackConfigs": ["v1SpectroClusterPackConfigList"],
    "profiles.ProfileValidation": ["v1ClusterProfileValidatorResponse"],
    "profiles.RegistryImport": ["v1PackRegistryImportEntity"],
    "profiles.PackImport": ["v1PackImportEntity"],
    "profiles.TemplateImport": ["v1ClusterProfileTemplateImportEntity"],
    "profiles.ProfileImportSpec": ["v1ClusterProfileSpecImportEntity"],
    "profiles.ProfileImportMeta": ["v1ClusterProfileMetadataImportEntity"],
    "profiles.ProfileImport": ["v1ClusterProfileImportEntity"],
    "clusters.PackValues": ["v1PackValuesEntity"],
    "clusters.VariableValue": ["v1SpectroClusterVariable"],
    "clusters.ProfileEntity": ["v1SpectroClusterProfileEntity"],
    "clusters.Taint": ["v1Taint"],
    "clusters.UpdateStrategy": ["v1UpdateStrategy"],
    "clusters.PoolProperties": ["v1MachinePoolProperties"],
    "clusters.PoolConfig": ["v1MachinePoolConfigEntity"],
    "clusters.PoolEntity": POOL_ENTITIES,
    "clusters.ClusterConfigInput": ["v1ClusterConfigEntity"],
    "clusters.TemplateRef": ["v1ClusterTemplateRef"],
    "clusters.ClusterCreateSpec": CREATES,
    "clusters.ClusterCreate": ["v1SpectroAwsClusterEntity"],
    "clusters.SpcApplySettings": ["v1SpcApplySettings"],
    "clusters.ClusterProfiles": ["v1SpectroClusterProfiles"],
    "clusters.ProfileUids": ["v1SpectroClusterProfilesDeleteEntity"],
    "clusters.ProfilePackRefs": ["v1ClusterProfileNotificationUpdateEntity"],
    "clusters.PackRefsUpdate": ["v1ClusterNotificationUpdateEntity"],
    "clusters.TimezoneUpdate": ["v1TimezoneUpdateEntity"],
    "clusters.ProfileVariableValues": ["v1SpectroClusterVariables"],
    "clusters.ClusterVariable": ["v1SpectroClusterVariableResponse"],
    "clusters.ProfileVariables": ["v1SpectroClusterVariables"],
    "clusters.PacksToValidate": ["v1SpectroClusterPacksEntity"],
    "clusters.ProfilePacksValidation": ["v1SpectroClusterProfileValidatorResponse"],
    "clusters.ClusterValidation": ["v1SpectroClusterValidatorResponse"],
    "clusters.PackDiff": ["v1SpectroClusterPackDiff"],
    "clusters.Repave": ["v1SpectroClusterRepave"],
    "clusters.RepaveProgress": ["v1SpectroClusterRepaveStatus"],
    "clusters.RepaveReason": ["v1SpectroClusterRepaveReason"],
    "clusters.RepaveSpec": ["v1SpectroClusterRepaveSpec"],
    "clusters.RepaveValidation": ["v1SpectroClusterRepaveValidationResponse"],
    "cluster_state.Condition": ["v1ClusterCondition"],
    "cluster_state.SpcApply": ["v1SpcApply"],
    "cluster_state.ServicePort": ["v1ServicePort"],
    "cluster_state.LoadBalancer": ["v1LoadBalancerService"],
    "cluster_state.PackManifestStatus": ["v1ClusterPackManifestStatus"],
    "cluster_state.PackStatus": ["v1ClusterPackStatus"],
    "cluster_state.Endpoint": ["v1APIEndpoint"],
    "cluster_state.AddOnService": ["v1SpectroClusterAddOnService"],
    "cluster_state.RepaveState": ["v1ClusterRepaveStatus"],
    "cluster_state.Upgrade": ["v1Upgrades"],
    "cluster_state.ClusterStatus": ["v1SpectroClusterStatus"],
    "cluster_state.ClusterConfig": ["v1ClusterConfig"],
    "cluster_state.ClusterTemplateRef": ["v1SpectroClusterTemplateRef"],
    "cluster_state.ClusterSpec": ["v1SpectroClusterSpec"],
    "cluster_state.Cluster": ["v1SpectroCluster"],
    "cluster_state.ClusterStateOnly": ["v1SpectroClusterState"],
    "cluster_state.ClusterStatusEntity": ["v1SpectroClusterStatusEntity"],
    "cluster_state.HealthCondition": ["v1SpectroClusterHealthCondition"],
    "cluster_state.Health": ["v1SpectroClusterHealthStatus"],
    "cluster_state.NoticeFlags": ["v1ClusterNotificationStatus"],
    "cluster_state.KubeMeta": ["v1KubeMeta"],
    "cluster_state.PoolMeta": ["v1MachinePoolMeta"],
    "cluster_state.CloudConfigMeta": ["v1CloudConfigMeta"],
    "cluster_state.TemplateMeta": ["v1ClusterProfileTemplateMeta"],
    "cluster_state.Metric": ["v1ComputeMetrics"],
    "cluster_state.Metrics": ["v1SpectroClusterMetrics"],
    "cluster_state.OverviewStatus": ["v1SpectroClusterUidStatusSummary"],
    "cluster_state.Overview": ["v1SpectroClusterUidSummary"],
    "cluster_state.SummarySpec": ["v1SpectroClusterSummary.specSummary"],
    "cluster_state.SummaryStatus": ["v1SpectroClusterSummary.status"],
    "cluster_state.ClusterSummary": ["v1SpectroClusterSummary"],
    "cluster_state.ClustersSummary": ["v1SpectroClustersSummary"],
    "cluster_state.ClusterProfileRow": ["v1SpectroClusterProfile"],
    "cluster_state.ClusterProfileRows": ["v1SpectroClusterProfileList"],
    "cluster_state.ProfileUpdates": ["v1SpectroClusterProfileUpdates"],
    "cluster_state.ClusterManifests": ["v1SpectroClusterManifestsList"],
    "cluster_state.ClusterProfilesPacksManifests": ["v1SpectroClusterProfilesPacksManifests"],
    "cluster_state.ClusterManifestDocs": ["v1PackManifests"],
    "cluster_search.Match": ["v1SearchFilterStringConditionMatch"],
    "cluster_search.StringCondition": ["v1SearchFilterStringCondition"],
    "cluster_search.BoolCondition": ["v1SearchFilterBoolCondition"],
    "cluster_search.KeyValueCondition": ["v1SearchFilterKeyValueCondition"],
    "cluster_search.SearchCondition": ["v1SearchFilterCondition"],
    "cluster_search.SearchItem": ["v1SearchFilterItem"],
    "cluster_search.SearchGroup": ["v1SearchFilterGroup"],
    "cluster_search.SearchFilter": ["v1SearchFilterSpec"],
    "cluster_search.SearchSpec": ["v1SearchFilterSummarySpec"],
    "cloudconfigs.MachinePool": POOLS,
    "cloudconfigs.CloudConfigSpec": ["v1AwsCloudConfigSpec"],
    "cloudconfigs.CloudConfig": ["v1AwsCloudConfig"],
    "cloudconfigs.CloudClusterConfig": ["v1AwsCloudClusterConfigEntity"],
    "cloudconfigs.MachineAddress": ["v1MachineAddress"],
    "cloudconfigs.MachineHealth": ["v1MachineHealth"],
    "cloudconfigs.MaintenanceStatus": ["v1MachineMaintenanceStatus"],
    "cloudconfigs.MachineStatus": ["v1CloudMachineStatus"],
    "cloudconfigs.Machine": ["v1AwsMachine"],
    "cloudconfigs.Machines": ["v1AwsMachines"],
    "workloads.WorkloadMeta": ["v1ClusterWorkloadMetadata"],
    "workloads.Replicas": ["v1ClusterWorkloadReplicaStatus"],
    "workloads.ReplicasStatus": ["v1ClusterWorkloadDeploymentStatus"],
    "workloads.ReplicatedWorkload": ["v1ClusterWorkloadDeployment"],
    "workloads.PodContainer": ["v1ClusterWorkloadPodContainer"],
    "workloads.PodSpec": ["v1ClusterWorkloadPodSpec"],
    "workloads.PodStatus": ["v1ClusterWorkloadPodStatus"],
    "workloads.PodMeta": ["v1ClusterWorkloadPodMetadata"],
    "workloads.Pod": ["v1ClusterWorkloadPod"],
    "workloads.ContainerStatus": ["v1ClusterWorkloadPodContainerStatus"],
    "workloads.Scheduled": ["v1ClusterWorkloadDaemonSetStatus"],
    "workloads.DaemonSet": ["v1ClusterWorkloadDaemonSet"],
    "workloads.OtherWorkload": ["v1ClusterWorkloadJob"],
    "workloads.NamespaceStatus": ["v1ClusterWorkloadNamespaceStatus"],
    "workloads.Namespace": ["v1ClusterWorkloadNamespace"],
    "workloads.Namespaces": ["v1ClusterWorkloadNamespaces"],
    "workloads.RoleBinding": ["v1ClusterWorkloadRoleBinding"],
    "workloads.WorkloadSpec": ["v1ClusterWorkloadSpec"],
    "workloads.Workloads": ["v1ClusterWorkload"],
    "workloads.WorkloadFilter": ["v1ClusterWorkloadsFilter"],
    "workloads.WorkloadQuery": ["v1ClusterWorkloadsSpec"],
    "backups.LocationSpec": ["v1UserAssetsLocationSpec"],
    "backups.Location": ["v1UserAssetsLocation"],
    "backups.Locations": ["v1UserAssetsLocations"],
    "backups.S3Storage": ["v1S3StorageConfig"],
    "backups.AzureCredentials": ["v1.AzureAccountEntitySpec"],
    "backups.AzureStorage": ["v1AzureStorageConfig"],
    "backups.GcpStorage": ["v1GcpStorageConfig"],
    "backups.S3LocationSpec": ["v1UserAssetsLocationS3Spec"],
    "backups.AzureLocationSpec": ["v1UserAssetsLocationAzureSpec"],
    "backups.GcpLocationSpec": ["v1UserAssetsLocationGcpSpec"],
    "backups.S3Location": ["v1UserAssetsLocationS3"],
    "backups.AzureLocation": ["v1UserAssetsLocationAzure"],
    "backups.GcpLocation": ["v1UserAssetsLocationGcp"],
    "backups.Schedule": ["v1ClusterFeatureSchedule"],
    "backups.BackupConfig": ["v1ClusterBackupConfig"],
    "backups.BackupState": ["v1BackupState"],
    "backups.BackupStatusMeta": ["v1BackupStatusMeta"],
    "backups.BackupRestoreStatus": ["v1BackupRestoreStatusMeta"],
    "backups.BackupStatusConfig": ["v1BackupStatusConfig"],
    "backups.BackupLocationRef": ["v1BackupLocationConfig"],
    "backups.Actor": ["v1ClusterFeatureActor"],
    "backups.ClusterBackupStatus": ["v1ClusterBackupStatusMeta"],
    "backups.ClusterBackupSpec": ["v1ClusterBackupSpec"],
    "backups.ClusterBackupStatuses": ["v1ClusterBackupStatus"],
    "backups.ClusterBackup": ["v1ClusterBackup"],
    "backups.RestoreConfig": ["v1ClusterRestoreConfig"],
    "backups.RestoreStatusMeta": ["v1RestoreStatusMeta"],
    "backups.ClusterRestoreStatus": ["v1ClusterRestoreStatusMeta"],
    "backups.ClusterRestoreStatuses": ["v1ClusterRestoreStatus"],
    "backups.ClusterRestore": ["v1ClusterRestore"],
    "backups.LocationType": ["v1ClusterBackupLocationType"],
    "policies.MaintenanceSchedule": ["v1Schedule"],
    "policies.PolicySpec": ["v1SpcPolicySpec"],
    "policies.Policy": ["v1SpcPolicyEntity"],
    "policies.PolicyRow": ["v1SpcPolicyMetadata"],
    "policies.PolicyRows": ["v1SpcPoliciesMetadata"],
    "policies.PolicyFilter": ["v1SpcPolicyFilterSpec"],
    "policies.PolicySearch": ["v1SpcPoliciesFilterSpec"],
    "policies.TemplateUser": ["v1ObjectStateEntity"],
    "policies.PolicySummaryStatus": ["v1SpcPolicyStatusSummary"],
    "policies.PolicyKind": ["v1SpcPolicySummary.spec"],
    "policies.PolicySummary": ["v1SpcPolicySummary"],
    "policies.PoliciesSummary": ["v1SpcPoliciesSummary"],
    "templates.PolicyRef": ["v1PolicyRef"],
    "templates.ClusterValue": ["v1ClusterVariableValue"],
    "templates.TemplateVariable": ["v1ClusterTemplateVariable"],
    "templates.TemplateProfile": ["v1ClusterTemplateProfile"],
    "templates.TemplateCreateSpec": ["v1ClusterTemplateEntitySpec"],
    "templates.TemplateCreate": ["v1ClusterTemplateEntity"],
    "templates.TemplateCluster": ["v1ClusterTemplateSpcRef"],
    "templates.TemplateSpec": ["v1ClusterTemplateSpec"],
    "templates.ClustersByState": ["v1ClusterReconcileStatusCounts.clusters"],
    "templates.TemplateCounts": ["v1ClusterReconcileStatusCounts"],
    "templates.TemplateVariableCounts": ["v1ClusterVariableStatus"],
    "templates.TemplateMaintenance": ["v1ClusterTemplateMaintenanceStatus"],
    "templates.TemplateStatus": ["v1ClusterTemplateStatus"],
    "templates.ClusterTemplate": ["v1ClusterTemplate"],
    "templates.TemplateProfiles": ["v1ClusterTemplateProfilesUpdateEntity"],
    "templates.TemplatePolicies": ["v1ClusterTemplatePoliciesUpdateEntity"],
    "templates.VariableClusters": ["v1ClusterTemplateVariableClusterMapping"],
    "templates.ProfileVariableClusters": ["v1ClusterTemplateProfileVariablesGroup"],
    "templates.TemplateVariablesPatch": ["v1ClusterTemplateProfilesVariablesBatchEntity"],
    "templates.ProfileValues": ["v1ClusterTemplateProfileVariable"],
    "templates.ClusterTemplateValues": ["v1ClusterTemplateVariablesUpdateEntity"],
    "templates.VariableAssignment": ["v1ClusterTemplateVariableClusterAssignment"],
    "templates.VariableAssignments": ["v1ClusterTemplateProfileVariableWithClusters"],
    "templates.TemplateVariables": ["v1ClusterTemplateProfileVariablesResponse"],
    "templates.VariableGroups": ["v1ClusterTemplateProfileVariables.variables"],
    "templates.ReconcileProfile": ["v1ClusterTemplateProfileVariables"],
    "templates.ReconcileSpec": ["v1ClusterReconcileSpec"],
    "templates.ReconcileLog": ["v1ClusterReconcileLog"],
    "templates.ReconcileVariables": ["v1ClusterVariableReconcileStatus"],
    "templates.ReconcileStatus": ["v1ClusterReconcileStatus"],
    "templates.Reconcile": ["v1ClusterReconcile"],
    "templates.TemplateUpgrade": ["v1ClusterTemplateUpgradeSpec"],
    "templates.RepaveProfile": ["v1ClusterTemplateRepaveProfile"],
    "templates.TemplateRepave": ["v1ClusterTemplateRepaveValidationSpec"],
    "templates.TemplateRow": ["v1ClusterTemplateMetadata"],
    "templates.TemplateRows": ["v1ClusterTemplatesMetadata"],
    "templates.TemplateFilter": ["v1ClusterTemplatesFilterSpec"],
    "templates.TemplateSearch": ["v1ClusterTemplatesFilterSummarySpec"],
    "templates.SummaryCluster": ["v1ClusterTemplateSpectroClusterMeta"],
    "templates.TemplateSummarySpec": ["v1ClusterTemplateSummarySpec"],
    "templates.TemplateSummaryStatus": ["v1ClusterTemplateSummaryStatus"],
    "templates.TemplateSummary": ["v1ClusterTemplateSummary"],
    "templates.TemplatesSummary": ["v1ClusterTemplatesSummary"],
    "templates.TemplateClusterMeta": ["v1SpectroClusterMeta"],
}


def models() -> dict[str, type[Wire]]:
    """All bodies by module and name."""
    found: dict[str, type[Wire]] = {}
    for info in pkgutil.iter_modules(palette_sdk.wire.__path__):
        module = importlib.import_module(f"palette_sdk.wire.{info.name}")
        for name, value in vars(module).items():
            if isinstance(value, type) and issubclass(value, Wire) and value.__module__ == module.__name__:
                found[f"{info.name}.{name}"] = value
    return {name: model for name, model in found.items() if model not in {Wire, OpenWire}}


@pytest.fixture(scope="module")
def definitions() -> dict[str, Any]:
    """The definitions of the description of the API."""
    beside = Path(__file__).resolve().parents[4] / "shared" / "palette-api" / "openapi-slice.json"
    place = Path(os.environ.get("PALETTE_OPENAPI", beside))
    if not place.is_file():
        pytest.skip(f"no description of the API at {place} (PALETTE_OPENAPI names one)")
    found: dict[str, Any] = json.loads(place.read_text())["definitions"]
    return found


def properties(definitions: dict[str, Any], name: str) -> set[str]:
    """Names of the properties of a definition, or of an inline object in one."""
    # Two definitions have a dot in their own name.
    head, *inner = [name] if name in definitions else name.split(".")
    schema = definitions[head]
    for step in inner:
        schema = schema["properties"][step]
    found = set(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        found |= properties(definitions, part["$ref"].rsplit("/", 1)[-1]) if "$ref" in part else set(part["properties"])
    return found


def test_every_body_is_compared() -> None:
    """The table names every body there is, and no other."""
    assert set(DEFINITIONS) == set(models())


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_fields_are_spelled_as_the_service_does(name: str, definitions: dict[str, Any]) -> None:
    """Each alias of a body is a property of one of the definitions it stands for."""
    known = set().union(*(properties(definitions, place) for place in DEFINITIONS[name]))
    aliases = {field.alias or key for key, field in models()[name].model_fields.items()}
    assert aliases - known == set()


@pytest.mark.parametrize("name", sorted(name for name, places in DEFINITIONS.items() if len(places) == 1))
def test_what_the_service_requires_is_modelled(name: str, definitions: dict[str, Any]) -> None:
    """No body lacks a field that the description requires."""
    required = set(definitions[DEFINITIONS[name][0]].get("required", [])) if "." not in DEFINITIONS[name][0] else set()
    aliases = {field.alias or key for key, field in models()[name].model_fields.items()}
    assert required - aliases == set()
