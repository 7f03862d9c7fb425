"""Every decision about what the contract of the API leaves unknown, as data.

Services take statuses and codes from here, so that each guess stands in one place and is published:
`docs/reference/assumptions.md` is generated from this list (a test holds the two in step).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from palette_sdk.controlplane.refusals import Refusal


@dataclass(frozen=True)
class Assumption:
    """One decision.

    Args:
        topic: what is unknown.
        decision: what this control plane does.
        why: the reason.
        status: HTTP status of the refusal, where the decision is a refusal.
        code: its code.
    """

    topic: str
    decision: str
    why: str
    status: int = 0
    code: str = ""

    def refusal(self, message: str, **details: Any) -> Refusal:
        """The refusal that this decision speaks of, to be raised."""
        return Refusal(self.status, self.code, message, details)


# ---- transport ---------------------------------------------------------------------------------------------------

BAD_KEY = Assumption(
    "missing, wrong, inactive or expired API key",
    "Refused; the health calls alone need no key.",
    "401 is what HTTP says; 404 would make clients believe that their objects are gone.",
    401,
    "InvalidApiKey",
)
UNKNOWN_PROJECT = Assumption(
    "`ProjectUid` header with an unknown uid",
    "Refused on every call under /v1 but the health calls.",
    "Not 404: a client with a stale project uid would drop all it knows about.",
    403,
    "InvalidProjectUid",
)
OTHER_SCOPE = Assumption(
    "changing a tenant or system object while a project is named in the header",
    "Refused; reading is allowed.",
    "Clients scope themselves for writes; a change from the wrong scope is most often a mistake.",
    403,
    "OperationNotAllowedInScope",
)
NO_ROUTE = Assumption(
    "a path that does not exist",
    "Refused with a code of its own, so that it can be told from an object that does not exist.",
    "A misspelt path must not look like a deleted object to clients that read the code.",
    404,
    "RouteNotFound",
)
WRONG_METHOD = Assumption(
    "a path that exists, with another method",
    "Refused; the header `Allow` lists the methods there are.",
    "As HTTP says.",
    405,
    "MethodNotAllowed",
)
INVALID_BODY = Assumption(
    "a body that is no JSON, lacks a required field, or has a value that can't be accepted",
    "Refused; `details.fields` names what is wrong. Unknown fields are accepted, `null` is as good as absent.",
    "400 is what clients map to a validation error.",
    400,
    "InvalidRequest",
)
INVALID_QUERY = Assumption(
    "a query parameter or a filter that can't be read",
    "Refused. Parameters that are unknown are ignored; a `limit` above 50 counts as 50.",
    "A filter that is silently dropped would list too much.",
    400,
    "InvalidQuery",
)
PASSWORD_LOGIN = Assumption(
    "login with user and password",
    "Always refused: there are no passwords here, only API keys.",
    "The API key wins over a token in every client, so nothing needs it.",
    401,
    "UserAuthenticationFailed",
)

# ---- all kinds of objects ----------------------------------------------------------------------------------------

DUPLICATE_NAME = Assumption(
    "creating an object with a name that is taken",
    "Refused for projects, API keys, registries, cloud accounts (per cloud), edge hosts, maintenance policies and cluster "
    "templates; names are unique in their scope: the project, or the tenant. `details.uid` is the one that has the name.",
    "Clients look objects up by name and fail on two; 409 is the usual answer and what mocks of the service use.",
    409,
    "ResourceAlreadyExists",
)
IN_USE = Assumption(
    "deleting what others use (profile, cloud account, edge host, registry, project)",
    "Refused; the message names the users, `details.users` lists them. Clusters that are Deleted don't count.",
    "`inUseClusters` and its like exist for exactly that.",
    409,
    "ResourceInUse",
)
SCOPES = Assumption(
    "what a project sees of the tenant, and the tenant of projects",
    "With `ProjectUid`: the project's objects, and to read the tenant's and the system's. Without: the tenant's only. "
    "An object of another project is not found.",
    "Lists of the service include tenant and system profiles; clients re-check the annotation `scope`.",
)
OWNER_ANNOTATION = Assumption(
    "the annotation that names the owning project",
    "`projectUid`, beside `scope`. Both are set by the server; what a client sends for them is ignored.",
    "Clients read `scope`; the other one is for people.",
)
METADATA_PATCH = Assumption(
    "labels and annotations in a PATCH of metadata",
    "A map that is given replaces the whole map, `{}` empties it, an absent or null one leaves it. The metadata in "
    "other bodies (PUT of a profile) changes no labels or annotations.",
    "Clients always send the full sets.",
)

# ---- projects, keys, users ---------------------------------------------------------------------------------------

PROJECT_DELETE = Assumption(
    "deleting a project that still has objects",
    "Refused like other deletes in use, unless `cleanupProjectResources=true`, which removes them too. A project with "
    "clusters that are not Deleted is refused either way. `Default` can't be deleted.",
    "Clusters have to be deleted in order, over time; the rest has no life of its own.",
    409,
    "ResourceInUse",
)
SERVER_KEY = Assumption(
    "the API key that the server was started with",
    "Always accepted; it is in no list and can't be deleted or made inactive. Created keys are kept as digests, and "
    "their text is shown once, in the answer to the create.",
    "Nobody can lock themselves out of their own machine.",
)

# ---- registries and packs ----------------------------------------------------------------------------------------

REGISTRY_CREDENTIALS = Assumption(
    "credentials of registries and cloud accounts",
    "Accepted, checked for being there, and thrown away: a GET shows empty text in their place, and a PUT without "
    "them is accepted.",
    "Nothing here can use them, and what is not kept can't leak.",
)
REGISTRY_SYNC = Assumption(
    "synchronising a registry",
    "Pack registries support it and are always in sync (`Success`); helm and oci registries don't support it, so "
    "their layers are not looked up. A registry that a user adds has no packs.",
    "There is no network; that layers of a registry without sync have no pack uid is what clients expect.",
)
UNKNOWN_PACK = Assumption(
    "a layer whose pack uid, name, tag or registry is unknown, or whose tag is not the one of its uid",
    "Refused. A layer with a uid takes name and layer from the client and the rest from the pack; one without is "
    "looked up by registry, name and tag, where a moving tag (`1.30.x`) gives its newest version.",
    "The service resolves layers when they are written.",
    400,
    "PackNotFound",
)

# ---- profiles ----------------------------------------------------------------------------------------------------

DUPLICATE_PROFILE = Assumption(
    "creating, cloning, importing or renaming to a name and version that exist, and the name check",
    "Refused; name and version together are unique in their scope. `details.uid` is the one that has them.",
    "A mock of the service answers so.",
    409,
    "ClusterProfileAlreadyExists",
)
INVALID_VERSION = Assumption(
    "versions that are no semantic version (`1.1`, `v1.0.0`, `01.0.0`)",
    "Refused; an absent version is 1.0.0.",
    "The service documents major.minor.patch.",
    400,
    "InvalidProfileVersion",
)
INVALID_LAYERS = Assumption(
    "layers that can't stand as they are: names twice, two of one core layer, a core layer in an add-on profile, a "
    "pack for another cloud, an unknown type, a manifest without a name or with a foreign uid, type cluster or infra "
    "for all clouds",
    "Refused when they are written. Manifest names are unique within a layer.",
    "The documentation says that pack names are unique and what the types are for.",
    400,
    "InvalidProfileLayers",
)
INVALID_YAML = Assumption(
    "values or manifests that are no YAML",
    "Refused with line and column. Templating (`{{...}}`) counts as a word. Values lose the blanks around them; "
    "empty values of a pack become the pack's own.",
    "A cluster could do nothing with it.",
    400,
    "InvalidYaml",
)
INCOMPLETE_PROFILE = Assumption(
    "a profile of type cluster or infra without OS, Kubernetes, network or storage layer",
    "May be kept as a draft, can't be published. On edge-native the storage layer may be missing.",
    "An empty list of packs is accepted by the schema, and no cluster could be built from it.",
    400,
    "ProfileLayersMissing",
)
UNDEFINED_VARIABLES = Assumption(
    "layers that refer to variables which are not defined, also by removing the definition",
    "Refused. The code is known, the status is not.",
    "It is a fault in the body.",
    400,
    "PackVariablesUndefined",
)
INVALID_VARIABLE = Assumption(
    "definitions of variables that contradict themselves",
    "Refused: unknown format or inputType, options without dropdown or the reverse, a regex that can't be read, a "
    "default against format, regex or options, hidden and required without a default. Required without a default is "
    "accepted: each cluster must bring a value then. The default of a sensitive one is masked in answers, and the mask "
    "sent back keeps it. Changes of variables take effect without publishing.",
    "The model says so, but for required without default: unresolved variables of fleets exist only that way.",
    400,
    "InvalidVariable",
)
PROFILE_LOCKED = Assumption(
    "changing the content of a version that a cluster template names",
    "Refused; labels and annotations may be changed.",
    "Templates refer to versions as fixed content.",
    409,
    "ClusterProfileInUseByTemplate",
)
PROFILE_DRAFTS = Assumption(
    "what is seen of drafts",
    "All edits of layers write `spec.draft`, which clusters don't see until it is published. `spec.published` is always "
    "there: without layers for a version that was never published. A clone shows the published layers of its source "
    "but has `isPublished=false`; its source's draft is not copied, nor are annotations "
    "other than the description. Publishing without a draft answers 204.",
    "Clients read `spec.published` unguarded, also of fresh clones.",
)
PROFILE_ROWS = Assumption(
    "rows of the profile search",
    "One row a name: the highest version among those that match, with all versions of the name in `versions`. The list "
    "under `metadata` has one row a version.",
    "The model says `latest version` and `list of all the versions`.",
)
PROFILE_TAGS = Assumption(
    "tags in filters",
    "`key:value`; a bare tag also as its key alone.",
    "Known of edge hosts; both spellings of a bare tag are possible.",
)
PROFILE_REGISTRY_IMPORT = Assumption(
    "registries in an imported profile",
    "Found by uid, else by name and kind. Without one, the layer is looked up in all registries.",
    "Exports name registries so that they port across tenants.",
)
RESOLVED_VALUES = Assumption(
    "keys of `packs/resolvedValues`",
    "The references as they were sent; `{{.spectro.var.X}}` gives the default, `{{.spectro.macro.X}}` the project's "
    "macro. What can't be resolved is left out.",
    "The caller knows what it asked for.",
)
NOTICE_FOR_PROFILE = Assumption(
    "PATCH `packRefs` of a profile",
    "Changes the named layers in the draft; the `notify` parameter is accepted and has no effect, since the catalogue "
    "does not change and so gives no notices for profiles.",
    "It is the documented purpose of the call.",
)
EDGE_HOST_UNKNOWN = Assumption(
    "an edge host that is not registered",
    "404 with the code that clients know for it.",
    "Clients look at the status or at this code.",
    404,
    "EdgeHostDeviceNotRegistered",
)


def all_assumptions() -> dict[str, Assumption]:
    """All decisions by the name of their constant, in the order of the files, this one first."""
    from palette_sdk.controlplane import (
        assumptions_backups,
        assumptions_clusters,
        assumptions_kubernetes,
        assumptions_templates,
    )

    modules = (assumptions_clusters, assumptions_backups, assumptions_kubernetes, assumptions_templates)
    found = {**globals(), **{name: value for module in modules for name, value in vars(module).items()}}
    return {name: value for name, value in found.items() if isinstance(value, Assumption)}
