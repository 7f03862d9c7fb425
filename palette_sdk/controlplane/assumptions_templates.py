"""Decisions about cluster templates and maintenance policies that the contract leaves open, in the form of `assumptions`."""

from __future__ import annotations

from palette_sdk.controlplane.assumptions import Assumption

POLICY_TYPES = Assumption(
    "types of policies in paths and bodies",
    "`maintenance` alone; another one is refused.",
    "The description has no other.",
    400,
    "PolicyTypeInvalid",
)
POLICY_INVALID = Assumption(
    "a maintenance policy that can't be",
    "Refused: no schedule, two of one name, a `startCron` that is no cron expression of five fields or names no day "
    "that ever comes. (`durationHrs` outside of 1 to 24, or a missing field, is `InvalidRequest`.)",
    "No window would ever open.",
    400,
    "MaintenancePolicyInvalid",
)
POLICY_WINDOWS = Assumption(
    "when windows open and close",
    "The cron is read as the clocks of each cluster's time zone show it, the length is real hours. At the change to "
    "summer time a start that is left out happens when the clocks have gone forward; one that comes twice happens "
    "once, the first time. Where schedules overlap, an upgrade may start in any of them.",
    "It is what cron does on most systems.",
)
POLICY_STARTS = Assumption(
    "in which order clusters start in a window",
    "50 clusters of a template at its opening (the oldest first), 50 more every 5 minutes; those that the window has "
    "no time for start in the next one. A change that comes while a window is open waits for 5 minutes without another "
    "change. What has started goes on after the end.",
    "`durationHrs` is described as the time in which upgrades may start. The pause lets a relink and the values that "
    "belong to it be written one after the other.",
)
POLICY_CHANGES = Assumption(
    "PUT of a policy in use, and another policy for a template, or none",
    "Accepted; clusters that wait, wait for the new windows. Without a policy only an upgrade now starts anything.",
    "The calls exist.",
)
POLICY_DELETE = Assumption(
    "DELETE of a policy that templates name, and of a template that clusters follow",
    "Refused, with the users in `details.users`. A cluster counts until it is gone.",
    "`inUseClusterTemplates` and `inUseClusters` exist for exactly that.",
    409,
    "ResourceInUse",
)
TEMPLATE_INVALID = Assumption(
    "a template that can't be",
    "Refused: an unknown `cloudType`, more than one policy, a profile name or a variable twice. Unknown profiles, "
    "policies and clusters are `ReferencedResourceNotFound`, a set of profiles without exactly one of type infra or "
    "cluster, or for another cloud, is `ClusterProfilesInvalid`, a value or strategy that can't be is "
    "`VariablesInvalid`. A draft can't be linked.",
    "No cluster could be made from it.",
    400,
    "ClusterTemplateInvalid",
)
TEMPLATE_LAUNCH = Assumption(
    "creating a cluster from a template",
    "The profiles are all those of the template; the body may name some of them for values of variables. Refused: no "
    "IANA time zone, another cloud than the template's, a profile that it doesn't link, packValues. Values that are "
    "missing or wrong are `VariablesInvalid`. A cluster always starts with what the template says at that moment.",
    "The description says that the time zone is mandatory and that packs come from the template.",
    400,
    "ClusterTemplateLaunchInvalid",
)
TEMPLATE_MANAGED = Assumption(
    "changing profiles or overrides of a cluster that follows a template",
    "Refused: PUT, PATCH and DELETE of its profiles, packRefs, manifests. Its variables can be changed.",
    "What a template says would be undone with the next upgrade, or the template would no longer be true.",
    409,
    "ClusterManagedByTemplate",
)
TEMPLATE_VALUES = Assumption(
    "where the value of a variable comes from",
    "Strategy `all`: the template's value (without one: the default) for every cluster; a value of a cluster is refused "
    "with `VariablesInvalid`. Strategy `cluster`, and variables that the template doesn't name: what was assigned to the "
    "cluster (at create, by its own call, or by the template's calls: the last one counts), else what it runs, by name, "
    "else the default. `GET` of a template shows in `clusters` what was assigned. Sensitive values are masked; the mask "
    "sent back changes nothing. Immutable variables keep the value that the cluster was made with, or 409.",
    "Nothing falls back to a default silently.",
)
TEMPLATE_VALUE_CALLS = Assumption(
    "when a value is applied",
    "Through the template's calls: with the next upgrade. Through `PATCH /v1/spectroclusters/{uid}/variables`: at once "
    "for a profile that the cluster runs; for one that the template links and the cluster doesn't run yet, with the "
    "upgrade.",
    "Clients use that call for clusters of a template too, and without a template it acts at once.",
)
TEMPLATE_UNRESOLVED = Assumption(
    "clusters that lack a value",
    "A variable is unresolved (`assignmentState` Pending) when it is required and has neither value nor default, or when "
    "the value that is carried over is not good for the new version. Such a cluster is skipped by windows and upgrades "
    "now, which the reconcile record and an event say; it stays Pending. The others go on.",
    "An upgrade without the value would break the cluster.",
)
TEMPLATE_RELINK = Assumption(
    "linking another version",
    "Clusters are not touched; those that would get something else are Pending. Linking back before the upgrade makes "
    "them Applied again. What a guard would refuse on any running cluster (Kubernetes lower or a minor version skipped, a "
    "core layer lost) is refused at once, with the guard's own code, and nothing is changed.",
    "It could never be applied to that cluster.",
)
TEMPLATE_UPGRADE_NOW = Assumption(
    "upgrade now",
    "Starts all named clusters (none named: all) that are Pending or Failed at once; others are left alone. A cluster "
    "that is not healthy yet starts when it is.",
    "Repeating the call must be harmless.",
)
TEMPLATE_REPAVE = Assumption(
    "upgrades that replace nodes",
    "The window, or the upgrade now, is the approval: the repave is Approved at once. The dry run says beforehand which "
    "would; `isUpgradeNow` makes no difference.",
    "A fleet would otherwise need one approval a cluster in the middle of the night.",
)
TEMPLATE_STATES = Assumption(
    "states of templates and of their clusters",
    "A cluster: Created until it is healthy, Pending when it is behind, InProgress, Applied or Failed (a failure while "
    "created or upgraded, or a guard's refusal; tried again in the next window). A template: Applied when all are, or "
    "when there is none; PartiallyApplied when some are; Failed when all are; else Pending. Created and InProgress count "
    "as pending. A cluster in Deleting counts no longer.",
    "The description says what the words are, not how they add up.",
)
TEMPLATE_NEXT_WINDOW = Assumption(
    "`status.maintenance` of a template",
    "The window that is open or opens next for any of its clusters; without clusters in UTC, without a policy absent.",
    "There is one pair of times for many time zones.",
)
