"""The client's family of backups, and its calls about overrides, against the control plane."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from palette_sdk.client.session import Palette
from palette_sdk.client.settings import Settings
from palette_sdk.errors import ConflictError
from palette_sdk.wire.accounts import AwsAccountSpec
from palette_sdk.wire.backups import BackupConfig, RestoreConfig, S3Location, S3LocationSpec, S3Storage, Schedule
from palette_sdk.wire.clusters import (
    ClusterProfiles,
    PackRefsUpdate,
    PackValues,
    ProfileEntity,
    ProfilePackRefs,
)
from palette_sdk.wire.meta import MetaInput
from palette_sdk.wire.profiles import ManifestUpdate, PackManifestUpdate
from tests.contract.clusters import data
from tests.contract.clusters.test_profiles import republish
from tests.contract.conftest import KEY, Api, InProcess


@pytest.fixture
def palette(api: Api) -> Iterator[Palette]:
    """The client, over the same way to the control plane as the test's own calls."""
    is_remote = api.client.base_url.host == "127.0.0.1"
    host = f"http://127.0.0.1:{api.client.base_url.port}" if is_remote else "http://127.0.0.1:1"
    made = Palette(Settings.to(host, KEY), http=None if is_remote else InProcess(api.plane))
    try:
        yield made
    finally:
        made.close()


def test_backups_through_the_client(api: Api, palette: Palette) -> None:
    """A location by name, a schedule set twice, a backup on demand watched to its end, a restore, and all of it gone."""
    cluster, backups = data.running(api), palette.backups
    config = S3Storage(bucket_name="b", region="r", credentials=AwsAccountSpec(access_key="a", secret_key="s"))
    uid = backups.create_location("s3", S3Location(metadata=MetaInput(name="own"), spec=S3LocationSpec(config=config)))
    assert [row.metadata.uid for row in backups.location_by_name("own")] == [uid]
    assert [row.spec.is_default for row in backups.location_by_name("s3-main")] == [True]
    read = backups.location("s3", uid)
    assert isinstance(read, S3Location)
    assert (read.spec.config.bucket_name, read.spec.config.credentials.secret_key) == ("b", "")
    assert backups.schedule(cluster) is None
    for prefix in ("one", "two"):
        wanted = BackupConfig(
            backup_location_uid=uid,
            backup_prefix=prefix,
            duration_in_hours=24,
            include_cluster_resource_mode="Auto",
            schedule=Schedule(scheduled_run_time="0 0 1 1 *"),
        )
        backups.set_schedule(cluster, wanted)
        found = backups.schedule(cluster)
        assert found is not None
        assert (found.backup_prefix, found.schedule, found.backup_location_name) == (prefix, wanted.schedule, "own")
    with pytest.raises(ConflictError, match="web"):
        backups.delete_location(uid)
    request = backups.run(cluster, BackupConfig(backup_location_uid=uid, duration_in_hours=24, backup_name="b"))
    (row,) = backups.of(cluster, request)
    assert (row.name, row.state, row.is_done, row.is_failed) == ("b", "InProgress", False, False)
    assert backups.latest(cluster) is None
    api.clock.advance(300)
    latest = backups.latest(cluster)
    assert latest is not None
    assert (latest.name, latest.request_uid, latest.is_done) == ("b", request, True)
    assert latest.backup_time < palette.service_time() < latest.expiry_date
    api.clock.advance(3000)
    backups.latest(cluster)
    age = datetime.fromisoformat(palette.service_time()) - datetime.fromisoformat(latest.backup_time)
    assert 3300 <= age.total_seconds() <= 3310
    restore = RestoreConfig(backup_name="b", backup_request_uid=request, destination_cluster_uid=cluster)
    restored = backups.restore(cluster, restore)
    api.clock.advance(300)
    assert [(each.restore_request_uid, each.state) for each in backups.restores(cluster)] == [(restored, "Completed")]
    assert backups.delete(cluster, "b", request)
    api.clock.advance(60)
    assert backups.of(cluster) == []
    assert not backups.delete(cluster, "b", request)
    assert backups.delete_schedule(cluster)
    assert backups.delete_location(uid)
    assert not backups.delete_location(uid)


def test_overrides_through_the_client(api: Api, palette: Palette) -> None:
    """What hooks do: override, read it, see what is pending with its content, apply it with the override, settle it."""
    profile = data.profile(api, replicas=2)
    cluster, clusters = data.running(api, profile_uid=profile), palette.clusters
    (manifest,) = clusters.pack_manifests(cluster, profile, "hello")
    own = data.WEB % {"replicas": 1}
    clusters.put_manifests(cluster, profile, "hello", {manifest.metadata.uid: own})
    ref = clusters.pack_config(cluster, profile, "hello")[-1].spec.manifests[0]
    assert (ref.is_overridden, ref.parent_uid) == (True, manifest.metadata.uid)
    found = clusters.manifest(cluster, ref.uid)
    assert found is not None
    assert found.spec.published is not None
    assert found.spec.published.content == own
    republish(api, profile, replicas=3)
    (target,) = clusters.profile_updates(cluster)
    offered = next(pack for pack in target.packs if pack.name == "hello")
    (incoming,) = [doc.spec.published for doc in palette.profiles.manifests(profile, "hello")]
    assert incoming is not None
    assert incoming.content == data.WEB % {"replicas": 3}
    (notice,) = palette.notifications.for_cluster(cluster)
    manifests = [ManifestUpdate(name=ref.name, uid=ref.uid, content=own)]
    body = ClusterProfiles(
        profiles=[ProfileEntity(uid=profile, pack_values=[PackValues(name="hello", manifests=manifests)])]
    )
    assert clusters.validate_packs(cluster, body.profiles).profiles[0].packs.results == []
    assert not clusters.validate_repave(cluster, body.profiles).is_repave_required
    assert clusters.repave(cluster) is None
    packs = [PackManifestUpdate(name="hello", uid=offered.pack_uid, tag=offered.tag, manifests=manifests)]
    refs = PackRefsUpdate(profiles=[ProfilePackRefs(uid=profile, packs=packs)])
    clusters.apply_pack_refs(cluster, refs, notification_uid=notice.metadata.uid)
    assert clusters.profile_updates(cluster) == []
    assert palette.notifications.for_cluster(cluster) == []
    assert clusters.pack_config(cluster, profile, "hello")[-1].spec.manifests[0].is_overridden
    clusters.patch_profiles(cluster, ClusterProfiles(profiles=[ProfileEntity(uid=profile)]))
    assert len(clusters.pack_config(cluster, profile, "hello")) == 1
