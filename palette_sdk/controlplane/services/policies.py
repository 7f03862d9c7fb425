"""Maintenance policies: named windows in which clusters of a template may be upgraded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from palette_sdk.controlplane import filtering, kinds
from palette_sdk.controlplane.assumptions_templates import POLICY_INVALID, POLICY_TYPES
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.services import scoping
from palette_sdk.controlplane.services import templates_followers as followers
from palette_sdk.controlplane.simulation import windows
from palette_sdk.controlplane.store import Body
from palette_sdk.wire.packs import Sort
from palette_sdk.wire.policies import Policy, PolicyFilter

WHAT = "maintenance policy"
KIND = "maintenance"
_SORT: Mapping[str, Callable[[Body], str]] = {
    "policyName": lambda body: str(body["metadata"]["name"]),
    "policyType": lambda _: KIND,
    **filtering.TIMES,
}


def get(work: Work, uid: str) -> Body:
    """A policy.

    Raises:
        Refusal: 404.
    """
    return scoping.visible(work, kinds.POLICY, uid, WHAT).body


def create(work: Work, given: Policy) -> str:
    """Add a policy; gives its uid.

    Raises:
        Refusal: 400 for windows that can't be; 409 for a name that is taken.
    """
    scoping.check_name(work, kinds.POLICY, given.metadata.name, WHAT)
    spec = _checked(given)
    uid = work.new_uid()
    body: Body = {"metadata": scoping.new_metadata(work, given.metadata.body(), uid), "spec": spec}
    work.tx.put(kinds.POLICY, uid, body, project=work.project, name=body["metadata"]["name"])
    return uid


def update(work: Work, uid: str, given: Policy) -> None:
    """Replace metadata and windows; what waits for a window of it waits for the new ones.

    Raises:
        Refusal: 400, 403, 404, 409.
    """
    body = scoping.owned(work, kinds.POLICY, uid, WHAT).body
    body["spec"] = _checked(given)
    scoping.patch_metadata(work, body["metadata"], given.metadata.body())
    name = body["metadata"]["name"]
    scoping.check_name(work, kinds.POLICY, name, WHAT, but=uid)
    work.tx.put(kinds.POLICY, uid, body, name=name)
    for template in work.tx.linked(kinds.TEMPLATE_POLICY, target=uid):
        followers.plan_all(work.tx, template, work.now)


def delete(work: Work, uid: str) -> None:
    """Remove a policy that no template names.

    Raises:
        Refusal: 403, 404, 409.
    """
    body = scoping.owned(work, kinds.POLICY, uid, WHAT).body
    scoping.refuse_in_use(WHAT, body["metadata"]["name"], scoping.named_users(work, kinds.TEMPLATE_POLICY, uid))
    work.tx.delete(kinds.POLICY, uid)


def check_type(kind: str) -> None:
    """Refuse a type of policy that there is not.

    Raises:
        Refusal: 400.
    """
    if kind != KIND:
        raise POLICY_TYPES.refusal(f"there are no policies of type {kind!r}; there is {KIND}")


def search(work: Work, wanted: PolicyFilter, sort: Sequence[Sort]) -> list[Body]:
    """The policies that are wanted, as stored.

    Raises:
        Refusal: 400, a sort key is unknown.
    """
    found = [body for body in scoping.listed(work, kinds.POLICY) if _fits(body, wanted)]
    filtering.sort(found, sort, _SORT, "policies")
    return found


def summary(work: Work, body: Body) -> Body:
    """A row of the search."""
    users = [
        {"uid": row.uid, "name": row.name, "state": followers.state_of(work.tx, row.uid)}
        for row in scoping.named_users(work, kinds.TEMPLATE_POLICY, body["metadata"]["uid"])
    ]
    return {"metadata": body["metadata"], "spec": {"kind": KIND}, "status": {"inUseClusterTemplates": users}}


def metadata_rows(work: Work) -> list[Body]:
    """One short row a policy in sight."""
    return [
        {
            "uid": each["metadata"]["uid"],
            "name": each["metadata"]["name"],
            "kind": KIND,
            "projectUid": each["metadata"]["annotations"].get("projectUid", ""),
        }
        for each in scoping.listed(work, kinds.POLICY)
    ]


def _checked(given: Policy) -> dict[str, Any]:
    names = [each.name for each in given.spec.schedules]
    if not names or len(set(names)) < len(names):
        raise POLICY_INVALID.refusal("a maintenance policy needs schedules, each with a name of its own")
    spec = given.spec.body()
    for number, each in enumerate(spec["schedules"]):
        if problem := windows.complaint(each):
            raise POLICY_INVALID.refusal(
                f"schedule {each['name']!r}: startCron {each['startCron']!r} is no cron expression: {problem}",
                fields=[{"field": f"spec.schedules.{number}.startCron"}],
            )
    return spec


def _fits(body: Body, wanted: PolicyFilter) -> bool:
    return (
        filtering.fits_text(wanted.policy_name, body["metadata"]["name"])
        and (not wanted.policy_type or KIND in wanted.policy_type)
        and filtering.fits_list(wanted.tags, filtering.tags_of(body["metadata"]["labels"]))
    )
