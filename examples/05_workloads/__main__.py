"""A cluster, and what the same program deploys into it: a namespace, a deployment, a service with an address.

Configuration of a stack:
  prefix     put before all names, so that stacks share one Palette project ("stage-")
  replicas   pods of the page (default 2)
  tags       further tags of the cluster, as a JSON list
"""

import pulumi
import pulumi_kubernetes as k8s

import palette_sdk as palette

config = pulumi.Config()
prefix = config.get("prefix") or ""

# -- the cluster ----------------------------------------------------------------------------------------------------------

PACKS = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
base = palette.Profile(
    f"{prefix}base", cloud="aws", layers=[palette.pack(palette.get_pack(name, version)) for name, version in PACKS]
)
machine = palette.AwsMachine("m5.xlarge", azs=["eu-west-1a"], disk_gib=60)
cluster = palette.Cluster(
    f"{prefix}apps",
    cloud_config=palette.Aws("eu-west-1", ssh_key_name="palette"),
    cloud_account=palette.get_cloud_account("aws-main", cloud="aws"),
    pools=[palette.control_plane(machine), palette.workers("worker-basic", machine, count=2)],
    profiles=[base],
    tags=["env:dev", *(config.get_object("tags") or [])],
)

# -- what is deployed into it ---------------------------------------------------------------------------------------------

into = cluster.kubernetes_provider(f"{prefix}apps-k8s")
here = pulumi.ResourceOptions(provider=into)
labels = {"app": "hello-universe"}

namespace = k8s.core.v1.Namespace("hello-universe", metadata={"name": "hello-universe"}, opts=here)
page = k8s.apps.v1.Deployment(
    "page",
    metadata={"name": "page", "namespace": namespace.metadata.name},
    spec={
        "replicas": config.get_int("replicas") or 2,
        "selector": {"match_labels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [
                    {
                        "name": "ui",
                        "image": "ghcr.io/spectrocloud/hello-universe:1.2.0",
                        "ports": [{"container_port": 8080}],
                    }
                ]
            },
        },
    },
    opts=here,
)
service = k8s.core.v1.Service(
    "page",
    metadata={"name": "page", "namespace": namespace.metadata.name},
    spec={"type": "LoadBalancer", "selector": labels, "ports": [{"port": 8080}]},
    # The service gets ready when there are pods behind it.
    opts=pulumi.ResourceOptions(provider=into, depends_on=[page]),
)


def address(status: k8s.core.v1.outputs.ServiceStatus | None) -> str:
    """Where the load balancer is: some clouds give a host name, others an IP."""
    balancer = status.load_balancer if status else None
    found = (balancer.ingress if balancer else None) or []
    return f"http://{found[0].hostname or found[0].ip}:8080" if found else ""


url = service.status.apply(address)
pulumi.export("url", url)
pulumi.export("kubeconfig", cluster.kubeconfig)  # a secret
