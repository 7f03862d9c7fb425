"""What runs on a cluster."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .base import Wire
from .meta import MetaInput, ObjectRef


class WorkloadMeta(Wire):
    """Where a workload stands; `entity` has its name."""

    entity: ObjectRef = ObjectRef()
    namespace: str = ""
    labels: dict[str, str] = {}
    creation_timestamp: str = ""


class Replicas(Wire):
    """How many copies there are."""

    total: int = 0
    ready: int = 0
    available: int = 0
    updated: int = 0


class ReplicasStatus(Wire):
    """Status of what has copies."""

    replicas: Replicas = Replicas()


class ReplicatedWorkload(Wire):
    """A deployment or a stateful set."""

    metadata: WorkloadMeta = WorkloadMeta()
    status: ReplicasStatus = ReplicasStatus()


class PodContainer(Wire):
    """A container of a pod."""

    name: str = ""
    image: str = ""


class PodSpec(Wire):
    """What a pod runs."""

    containers: list[PodContainer] = []


class ContainerStatus(Wire):
    """How a container of a pod is."""

    name: str = ""
    ready: bool = False
    restart_count: int = 0


class PodStatus(Wire):
    """Phase and address of a pod, and how its containers are."""

    containers: list[ContainerStatus] = []
    phase: str = ""
    pod_ip: str = ""
    qos_class: str = ""


class PodMeta(WorkloadMeta):
    """Where a pod stands."""

    machine_uid: str = ""
    nodename: str = ""
    associated_refs: list[ObjectRef] = []


class Pod(Wire):
    """A pod."""

    metadata: PodMeta = PodMeta()
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


class Scheduled(Wire):
    """On how many nodes a daemon set has a pod."""

    desired_scheduled: int = 0
    ready: int = 0
    available: int = 0


class DaemonSet(Wire):
    """A daemon set."""

    metadata: WorkloadMeta = WorkloadMeta()
    status: Scheduled = Scheduled()


class OtherWorkload(Wire):
    """A workload of another kind; its status is not modelled."""

    metadata: WorkloadMeta = WorkloadMeta()
    status: dict[str, Any] = {}


class RoleBinding(Wire):
    """A role binding."""

    metadata: WorkloadMeta = WorkloadMeta()
    spec: dict[str, Any] = {}


class WorkloadSpec(Wire):
    """All workloads by kind."""

    deployments: list[ReplicatedWorkload] = []
    stateful_sets: list[ReplicatedWorkload] = []
    daemon_sets: list[DaemonSet] = []
    jobs: list[OtherWorkload] = []
    cron_jobs: list[OtherWorkload] = []
    pods: list[Pod] = []
    role_bindings: list[RoleBinding] = []
    cluster_role_bindings: list[RoleBinding] = Field(default=[], alias="clusterroleBindings")


class Workloads(Wire):
    """Answer of `POST /v1/dashboard/spectroclusters/{uid}/workloads`."""

    metadata: MetaInput = MetaInput()
    spec: WorkloadSpec = WorkloadSpec()


class NamespaceStatus(Wire):
    """Active or Terminating."""

    phase: str = ""


class Namespace(Wire):
    """A namespace; its name is that of its entity."""

    metadata: WorkloadMeta = WorkloadMeta()
    status: NamespaceStatus = NamespaceStatus()


class Namespaces(Wire):
    """Answer of `POST /v1/dashboard/spectroclusters/{uid}/workloads/namespace`."""

    namespaces: list[Namespace] = []


class WorkloadFilter(Wire):
    """Which namespaces are wanted; none means all."""

    namespaces: list[str] = []


class WorkloadQuery(Wire):
    """Body of a question for workloads."""

    filter: WorkloadFilter = WorkloadFilter()
