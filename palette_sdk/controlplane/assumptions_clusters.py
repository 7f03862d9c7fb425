"""Decisions about clusters that the contract of the API leaves open, in the form of `assumptions`."""

from __future__ import annotations

from palette_sdk.controlplane.assumptions import Assumption

CLUSTER_IS_DELETING = Assumption(
    "changing a cluster in state Deleting",
    "Refused. Reads go on; a second DELETE is answered 204 and changes nothing.",
    "Nothing that is sent could still take effect.",
    409,
    "ClusterDeletionInProgress",
)
CLUSTER_INVALID = Assumption(
    "a cluster body without a required field of its cloud",
    "Refused, with all that is wrong in `details.errors`. The field `cloudType`, which some descriptions require "
    "and no client sends, isn't asked for.",
    "The validation call reports the same list with 200.",
    400,
    "ClusterInvalid",
)
POOLS_INVALID = Assumption(
    "rules for machine pools",
    "Exactly one control plane pool of 1, 3 or 5 machines (on aks, eks and gke at most one, of any size); names "
    "unique; min <= size <= max; sizes from 0; at least one pool.",
    "etcd wants an odd number; managed clouds bring their own control plane.",
    400,
    "MachinePoolInvalid",
)
CLUSTER_PROFILES_INVALID = Assumption(
    "which profiles a cluster may have",
    "Exactly one of type infra or cluster, any number of add-on; each for the cluster's cloud or for all; none "
    "attached twice.",
    "A cluster can't be built without an operating system and Kubernetes, nor from two.",
    400,
    "ClusterProfilesInvalid",
)
PROFILE_NOT_PUBLISHED = Assumption(
    "attaching a profile that has only a draft",
    "Refused.",
    "Clusters copy published content.",
    400,
    "ClusterProfileNotPublished",
)
REFERENCE_UNKNOWN = Assumption(
    "a cluster body that names an unknown profile or cloud account",
    "Refused with 400, not 404: 404 would say that the cluster is missing.",
    "Clients take 404 for the object of the path.",
    400,
    "ReferencedResourceNotFound",
)
CLUSTER_EDGE_HOST_UNKNOWN = Assumption(
    "a pool that names an edge host that isn't registered",
    "Refused, with 400: 404 would say that the cluster is missing.",
    "The code is the one that clients know.",
    400,
    "EdgeHostDeviceNotRegistered",
)
EDGE_HOST_IN_USE = Assumption(
    "a pool that names an edge host of another cluster",
    "Refused.",
    "A host runs one cluster.",
    409,
    "EdgeHostInUse",
)
INFRA_PROFILE_NEEDED = Assumption(
    "detaching the infrastructure profile of a cluster",
    "Refused; it can only be replaced (`replaceWithProfile`, or PUT with another one).",
    "A running cluster can't lose its operating system and Kubernetes.",
    409,
    "InfraProfileRequired",
)
CLUSTER_IS_PROVISIONING = Assumption(
    "changing the profiles of a cluster that is being built",
    "Refused before the state is Running: attached profiles, overrides, variables and packRefs. Dry runs, metadata, "
    "pools and a DELETE are accepted.",
    "The documentation says that a cluster can't be updated while it is Provisioning; 409 is the answer for a state "
    "that passes.",
    409,
    "ClusterProvisioningInProgress",
)
INFRA_LAYER_NEEDED = Assumption(
    "a profile change that takes away the OS, Kubernetes, network or storage layer of a running cluster",
    "Refused. Another pack in the layer's place is accepted.",
    "A running cluster can't lose what it stands on.",
    409,
    "InfraLayerRequired",
)
KUBERNETES_DOWNGRADE = Assumption(
    "a profile change that lowers the Kubernetes version of a running cluster",
    "Refused, also by going back to an older version of the profile; compared with what runs, so that a repave that "
    "still waits can be taken back.",
    "The documentation says that Kubernetes can't be downgraded.",
    400,
    "KubernetesDowngradeNotSupported",
)
KUBERNETES_MINOR_SKIP = Assumption(
    "a profile change that skips a minor version of Kubernetes",
    "Refused.",
    "Kubernetes supports upgrades by one minor version at a time; the documentation says to avoid more, and nodes "
    "that fail to join would be the other outcome.",
    400,
    "KubernetesMinorSkipNotSupported",
)
CNI_FIXED = Assumption(
    "another network pack on an edge cluster",
    "Refused; another version of the same pack is accepted, and on other clouds another pack too.",
    "The documentation says that an edge cluster must be deleted and created anew for that.",
    409,
    "CniChangeNotSupported",
)
CONFIG_FIXED = Assumption(
    "another region or network in a PUT of a cloud config",
    "Refused: aws and eks region, vpcId; azure and aks location, subscriptionId, resourceGroup, vnetName; gcp and gke "
    "project, region, network; vsphere datacenter, folder and the control plane's host; edge-native the control "
    "plane's host. A value that is missing counts as changed; upper and lower case don't. Other fields follow the PUT.",
    "Nodes can't be moved to another place.",
    409,
    "CloudConfigImmutable",
)
PACK_VALUES_INVALID = Assumption(
    "overrides (`packValues`, packRefs) that name a layer the profile doesn't have, or one twice",
    "Refused. Manifests in them are matched by name; a uid that came with one is not looked at, since it may be the "
    "one from before the last call.",
    "An override that is silently ignored is lost.",
    400,
    "PackValuesInvalid",
)
OVERRIDE_TEXTS = Assumption(
    "the content of overrides",
    "Checked as a profile's: YAML once its templating is taken out (`InvalidYaml`), and only variables that the "
    "profile defines (`PackVariablesUndefined`). A call is checked in this order: the profiles it names, the layers, "
    "the content, values of variables, required variables, then what the cluster can't become.",
    "It takes the place of the profile's content.",
    400,
    "InvalidYaml",
)
PACK_REFS_OUTDATED = Assumption(
    "packRefs with a pack uid or a tag that the profile's published content doesn't have (any more)",
    "Refused. Layers that aren't listed, and those without values or manifests, become what the profile has.",
    "What is sent is what is applied; a reference to something else would apply what nobody saw.",
    409,
    "PackRefsOutdated",
)
VARIABLES_INVALID = Assumption(
    "values of variables that can't be accepted",
    "Refused, all at once in `details.errors`: an unknown name, no value for a required one, a value against "
    "format, regex or options.",
    "Nothing falls back to a default silently.",
    400,
    "VariablesInvalid",
)
VARIABLE_IMMUTABLE = Assumption(
    "another value for an immutable variable of a cluster",
    "Refused once the cluster was created with it, also at a switch of versions when a value was set for the version "
    "before; the same value again is accepted.",
    "That is what immutable means.",
    409,
    "VariableImmutable",
)
SENSITIVE_VALUES = Assumption(
    "values of sensitive variables in what is read of a cluster",
    "Masked (`********`) in lists of variables; the mask sent back changes nothing. Where texts are asked for with "
    "variables filled in, the reference stays as it is.",
    "A value that was said to be sensitive is never shown again.",
)
FORCE_DELETE_TOO_EARLY = Assumption(
    "when a cluster may be force deleted",
    "Once it has been in Deleting for 15 minutes; then its record is dropped at once. Earlier, or without a "
    "DELETE before, it is refused.",
    "The documentation calls a cluster eligible after that time; a gate that is missing here would hide a client "
    "that comes too early.",
    409,
    "ForceDeleteNotEligible",
)
NOT_AVAILABLE_YET = Assumption(
    "kubeconfigs of a cluster that isn't Running yet",
    "404 with ResourceNotFound until the state is Running for the first time; also in Deleting.",
    "Clients read exactly that code as: not there yet.",
    404,
    "ResourceNotFound",
)
SEARCH_INVALID = Assumption(
    "a search filter that can't be read",
    "An unknown property, operator or type is refused; a missing filter matches all.",
    "A filter that is dropped would list too much.",
    400,
    "InvalidQuery",
)
POOL_EXISTS = Assumption(
    "adding a machine pool under a name that is taken",
    "Refused.",
    "Names address the pools.",
    409,
    "MachinePoolAlreadyExists",
)
POOL_NEEDED = Assumption(
    "deleting the control plane pool",
    "Refused. The last worker pool may go.",
    "No cluster without a control plane.",
    409,
    "ControlPlanePoolRequired",
)
NOT_NOTIFIED = Assumption(
    "packRefs with a `notify` that is no open notification of the cluster",
    "404; without `notify` the listed profiles are updated all the same.",
    "It names the notice being resolved.",
    404,
    "ResourceNotFound",
)

DATE = Assumption(
    "the `Date` header of answers",
    "The time of the server's clock, as all other times in answers.",
    "It is how a client learns what time the service has, to tell how old something is.",
)
TIMES = Assumption(
    "how long things take on the server's clock",
    "Provisioning 15 to 20 minutes, updates 1 to 2, deletion 4 to 7; each cluster has its own fixed place in the "
    "range. A status exists after some seconds.",
    "Near to what is seen in practice, and the same in every run with the same uids.",
)
COPIES = Assumption(
    "what a cluster takes from its profiles, and when",
    "It copies the published content at create, attach and replace. A PATCH or PUT with the same uid takes newer "
    "published content only with "
    "`resolveNotification=true` (or packRefs); without, overrides and variables change and the pending update stays.",
    "The flag says that it resolves the notice; without it nothing unasked comes along.",
)
OVERRIDES = Assumption(
    "whether overrides carry over",
    "What a call says about a profile is declarative: packs and manifests that aren't sent have the profile's "
    "content, also at a switch of versions and in packRefs. "
    "The pending configuration that the service offers (`profileUpdates`) is the profile's content, without the "
    "cluster's overrides: who applies it as it is drops them. "
    "A value equal to the profile's is no override. PUT of manifests touches no other override, nor does PATCH of "
    "variables.",
    "Clients resend all their overrides each time; the vendor's newest tutorial says that overrides are lost unless "
    "they are put into the pending configuration by hand.",
)
VARIABLE_VALUES = Assumption(
    "values of variables that a PATCH or PUT doesn't send",
    "They stay; at a switch of versions they carry over by name.",
    "Values belong to the cluster, not to a version.",
)
PENDING = Assumption(
    "what makes a pending update",
    "Publishing content (packs, values, manifests, variables) under the same uid that differs from the cluster's "
    "copy; one open notification a profile. "
    "It is gone, and its notification done, when the profile is published as the cluster has it. A cluster that follows "
    "a template has none: a version that the template links is locked, and one that it linked before, which the cluster "
    "may still run, comes to it again only when the template links it again.",
    "A notice about nothing would never go away, and one that no call could apply neither.",
)
REPAVE = Assumption(
    "what needs a repave, and how it waits",
    "On a cluster that has been healthy: another version of the os, kubernetes or network layer, or other values "
    "below a `kubeadm...` key. "
    "The change waits in repave state Pending until it is approved; taking it back makes it Reverted.",
    "Nodes are replaced only by someone's word.",
)
APPLYING = Assumption(
    "a change of profiles without `spcApplySettings`, while one is to be applied later",
    "It joins the one that waits; without one waiting it is applied at once. `DownloadAndInstall` releases both.",
    "Setting a variable must not release what somebody holds back.",
)
CONDITIONS = Assumption(
    "cluster condition types",
    "CloudInfrastructureReady, ControlPlaneReady, MachinesReady, LayersReady; all True when well.",
    "Clients wait until every condition is True, so none may be negative.",
)
ERROR_STATE = Assumption(
    "leaving the state Error",
    "A DELETE, or a change of the profiles, which tries again from where it broke.",
    "A failed cluster must be repairable.",
)
DELETED = Assumption(
    "deleted clusters",
    "404 at once; never listed. One that hangs is removed 24 hours after its DELETE.",
    "Simplest of the forms that clients accept.",
)
LEFTOVERS = Assumption(
    "objects that a profile doesn't name any more",
    "They go on running, also when their profile is detached.",
    "The service applies what a profile names and deletes nothing.",
)
BARE_TAGS = Assumption(
    "how bare tags are spelled in a search",
    "`web` and `web:spectro__tag` both find the tag; `key:value` finds a pair; a key alone doesn't find a pair.",
    "Both spellings are in use.",
)
SEVERITIES = Assumption("severities of events", "Normal, Warning, Error.", "The words that Kubernetes has.")
RESOLVED_KEYS = Assumption(
    "keys of resolvedValues",
    "The reference as it was sent; what has no value is left out.",
    "A client can match its own question.",
)
