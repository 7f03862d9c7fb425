"""Carrying a roll-out on from a hook: judge once more, start what is to start now, wait, and say how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import ConflictError, NotFoundError, PaletteError, WaitError, WaitTimeoutError
from palette_sdk.resources._hooks import NotReady
from palette_sdk.resources.border import mapping
from palette_sdk.resources.runtime import Hook
from palette_sdk.resources.template_rollout import looking, telling, watching
from palette_sdk.resources.template_rollout.judging import (
    Judged,
    judged,
    members_of,
    named,
    refuse_strangers,
    service_time,
)
from palette_sdk.resources.template_rollout.outcome import APPLIED, FAILED, outcome
from palette_sdk.resources.template_rollout.starts import beyond, starts, texts
from palette_sdk.rules.durations import text as duration_text

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.wire.templates import ClusterTemplate

Props = dict[str, Any]


@dataclass
class Act:
    """One create or update of a roll-out.

    Args:
        hook: the running hook.
        client: the client in the resource's project.
        uid: the roll-out's own identifier.
        new: checked inputs.
        deadline_s: how long the hook may take.
    """

    hook: Hook
    client: Palette
    uid: str
    new: Props
    deadline_s: float

    def run(self, old: Props) -> Props:
        """Start what is to start, wait if asked, and give the outputs.

        Args:
            old: stored outputs; empty where there are none.

        Raises:
            NotReady: the wait, or a look after the start, ended otherwise; it keeps what was started.
        """
        seen = self._look()
        members = named(mapping(self.new.get("members")), seen.followers)
        refuse_strangers(seen, members)
        triggers = bool(self.new.get("upgrade_now")) and self.new.get("upgrade_now") != old.get("upgrade_now")
        found = self._judged(seen, members, old, triggers=triggers)
        outputs: Props = {**self.new, **self._record(seen, members, old, found, triggers=triggers)}
        if triggers:
            outputs |= self._start(seen, members, found)
        try:
            if self.new.get("wait"):
                self._wait(seen, members, found, outputs, triggers=triggers)
            found_now = self.observed(outputs) or {}
            self.tell(found_now, outputs)
        except PaletteError as error:  # what was started is kept whatever ended the rest: it isn't to be started again
            ended = self._ended(outputs)
            kept = {**_without_runs(outputs, ended), "ready": False}
            raise NotReady(self.uid, kept, self._named(error, outputs, ended)) from None
        return {**_without_runs(outputs, found_now), "ready": True}

    # -- before -------------------------------------------------------------------------------------------------------

    def _look(self) -> looking.Seen:
        template = mapping(self.new["template"])
        seen = looking.look(self.client, template["uid"], fresh=True)
        if seen is None:
            raise NotFoundError(
                f'the cluster template "{template.get("name", "")}" (uid {template["uid"]}) is gone from Palette',
                hint="run `pulumi refresh`, then `pulumi up`",
            )
        wanted = mapping(self.new.get("versions"))
        other = [f"{name} {seen.versions.get(name, 'none')}, not {version}" for name, version in wanted.items()
                 if seen.versions.get(name) != version]  # fmt: skip
        if other:
            raise ConflictError(
                f'the cluster template "{seen.name}" links {"; ".join(other)}: someone changed it; nothing was started',
                hint="run `pulumi refresh`, then `pulumi up` links the program's versions again",
            )
        return seen

    def _judged(self, seen: looking.Seen, members: Mapping[str, str], old: Props, *, triggers: bool) -> Judged:
        """The judgement of the preview, on the service's own word: by now it links the versions and has the values."""
        return judged(
            seen.name,
            seen.links,
            members_of(seen, members, {}),
            {name: seen.zone(uid) for name, uid in members.items()},
            schedules=looking.schedules_of(self.client, seen.template),
            at=service_time(self.client),
            pending=self.new.get("pending", "fail"),
            triggers=triggers,
            hidden={*self.new.get("hidden", []), *old.get("hidden", [])},
            done="no cluster was upgraded",
        )

    def _record(
        self, seen: looking.Seen, members: Mapping[str, str], old: Props, found: Judged, *, triggers: bool
    ) -> Props:
        """What is kept of the moment at which this roll-out began; going on with one keeps its own."""
        keys = ("template", "versions", "values", "members")
        goes_on = bool(old) and all(old.get(key) == self.new.get(key) for key in keys)
        former = _began_at(old)
        runs = {name: seen.runs(uid) for name, uid in members.items()}
        began = self.client.service_time()
        return {
            "runs": {name: former.get(name, now) if goes_on and not triggers else now for name, now in runs.items()},
            "left_out": dict(found.skipped),
            "started": list(old.get("started", [])) if goes_on else [],
            "started_at": old.get("started_at", began) if goes_on else began,
        }

    # -- the start ----------------------------------------------------------------------------------------------------

    def _start(self, seen: looking.Seen, members: Mapping[str, str], found: Judged) -> Props:
        """Start all that are not left out; those that are not behind are left alone by the service."""
        uids = [members[name] for name in found.goes]
        if not uids:
            return {}
        self.client.templates.upgrade_now(seen.template.metadata.uid, () if {*uids} == {*seen.followers} else uids)
        states = watching.counted(seen.template)
        names = [name for name in found.goes if states.get(members[name]) != APPLIED]
        self.hook.info(telling.started_notice(names))
        return {"started": list(found.goes), "started_at": self.client.service_time()}

    # -- the wait -----------------------------------------------------------------------------------------------------

    def _wait(
        self, seen: looking.Seen, members: Mapping[str, str], found: Judged, outputs: Props, *, triggers: bool
    ) -> None:
        before = watching.counted(seen.template)
        started = {*outputs["started"]}
        unstarted = [name for name in found.waiting if name not in started]
        late = beyond(found.starts, unstarted, self.deadline_s)
        if late and mapping(self.hook.runtime.seen.get(self.hook.urn)).get("late") != late:
            self.hook.warn(telling.late_notice(late, found.texts, duration_text(self.deadline_s)))
        wanted = {members[name]: name for name in found.goes if name not in late}
        if not wanted:
            return
        watching.until_applied(
            self.hook,
            self.client,
            (seen.template.metadata.uid, seen.name),
            wanted,
            deadline_s=self.deadline_s,
            failed_before=[uid for uid in wanted if before.get(uid) == FAILED] if triggers else (),
        )

    def _named(self, error: PaletteError, outputs: Props, ended: Props) -> PaletteError:
        """A deadline that passed names the clusters that are not done, with their next windows; an outage says what is kept."""
        if not isinstance(error, WaitError):
            kept = "What was started goes on and is kept: the next `pulumi up` doesn't start it again."
            return WaitError(f"{error}\n  {kept if outputs['started'] else 'The next `pulumi up` goes on.'}")
        if not isinstance(error, WaitTimeoutError) or not ended:
            return error
        try:
            windows = self._windows(outputs)
        except PaletteError:
            return error
        return WaitTimeoutError(f"{error}\n  not applied yet: {telling.rest(ended['clusters'], windows)}")

    def tell(self, found: Props, outputs: Props) -> None:
        """Say how far the clusters are, and when the others go on, unless all are done."""
        rows = mapping(found.get("clusters"))
        if not rows or found["state"] == APPLIED:
            return
        done = sum(row["state"] == APPLIED for row in rows.values())
        self.hook.info(f"{done} of {len(rows)} applied; {telling.rest(rows, self._windows(outputs))}")

    def _windows(self, outputs: Props) -> dict[str, str]:
        """The next window of each cluster, as its own clocks show it."""
        template = self.client.templates.get(mapping(outputs["template"])["uid"])
        if template is None:
            return {}
        members = named(mapping(outputs.get("members")), looking.followers_of(template))
        rows = {row.metadata.uid: row for row in self.client.clusters.all()}
        zones = {name: looking.zone_of(rows.get(uid)) for name, uid in members.items()}
        return texts(starts(zones, looking.schedules_of(self.client, template), service_time(self.client)))

    # -- after --------------------------------------------------------------------------------------------------------

    def observed(self, outputs: Props) -> Props | None:
        """How far the clusters are now; None when the template is gone."""
        template = self.client.templates.get(mapping(outputs["template"])["uid"])
        if template is None:
            return None
        members = named(mapping(outputs.get("members")), looking.followers_of(template))
        states = watching.counted(template)
        failed = {uid: name for name, uid in members.items() if states.get(uid) == FAILED}
        return outcome(
            members,
            states,
            to=self._links(template, outputs),
            before=_began_at(outputs),
            skipped=mapping(outputs.get("left_out")),
            failures=watching.reasons(self.client, template.metadata.uid, failed),
            started=outputs.get("started", []),
        )

    def _ended(self, outputs: Props) -> Props:
        """How far the clusters were when an error ended the act; nothing where the service can't say it any more."""
        try:
            return self.observed(outputs) or {}
        except PaletteError:
            return {}

    def _links(self, template: ClusterTemplate, outputs: Props) -> dict[str, str]:
        known = {row.metadata.uid: row for row in self.client.profiles.metadata()}
        rows = [known[item.uid] for item in template.spec.profiles if item.uid in known]
        return {row.metadata.name: row.spec.version or "1.0.0" for row in rows} or mapping(outputs.get("versions"))


def _began_at(outputs: Props) -> Props:
    """The versions that clusters ran when the roll-out began, by name: of `clusters`, but for those of which it has none yet."""
    rows = {name: row["from"] for name, row in mapping(outputs.get("clusters")).items()}
    return {**rows, **mapping(outputs.get("runs"))}


def _without_runs(outputs: Props, found: Props) -> Props:
    """Outputs with how far clusters are; what these ran before stands there, so that it isn't kept twice."""
    merged = {**outputs, **found}
    return {key: value for key, value in merged.items() if key != "runs"} if found else merged
