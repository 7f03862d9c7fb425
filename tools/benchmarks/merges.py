"""What the merge of a large values file costs beside libyaml's composer, which only reads its three texts."""

from __future__ import annotations

import time
from collections.abc import Callable

import yaml

from benchmarks.figures import Figure, compared
from palette_sdk.merge import merge

AIM = 4.0
LINES = 5000
_PART = """\
# -- {name}: one of the parts of the product
{name}:
  enabled: true
  replicas: 2  # pods
  image:
    registry: gcr.io
    repository: "example/{name}"
    tag: v1.{number}.0
    pullPolicy: IfNotPresent
  # what it may use
  resources:
    requests: {{cpu: 100m, memory: 128Mi}}
    limits:
      cpu: "1"
      memory: 1Gi

  env:
    - name: CLUSTER
      value: "{{{{ .spectro.system.cluster.name }}}}"
    - name: LOG_LEVEL
      value: info
    - name: RETENTION
      value: 15d
  ports:
    - containerPort: 8080
      protocol: TCP
    - containerPort: 9090
      protocol: TCP
  args:
    - --config=/etc/{name}/config.yaml
    - --web.listen=:9090
  config: |
    global:
      scrape_interval: 1m
      evaluation_interval: 30s
    rules:
      - record: job:{name}:rate5m
        expr: sum(rate({name}_total[5m])) by (job)
  nodeSelector: {{}}
  tolerations: []
  annotations:
    prometheus.io/scrape: "true"
    checksum/config: '{number:064x}'
"""


def merges(rounds: int) -> list[Figure]:
    """Medians of the time of one merge, for an override with few differences and one with many."""
    base = values(LINES)
    few = base.replace("replicas: 2", "replicas: 1", 3).replace(
        "LOG_LEVEL\n      value: info", "LOG_LEVEL\n      value: debug", 2
    )
    many = base.replace("replicas: 2", "replicas: 1").replace("memory: 1Gi", "memory: 2Gi")
    incoming = base.replace("tag: v1.", "tag: v2.").replace("enabled: true", "enabled: false", 10)
    figures = []
    for name, override in (("few overrides", few), (f"{many.count('replicas: 1') * 2} overrides", many)):
        reading, merging = [], []
        for _ in range(rounds):
            reading.append(_seconds(lambda: [_composed(text) for text in (base, incoming, override)]))  # noqa: B023
            merging.append(
                _seconds(lambda: merge(base=base, incoming=incoming, override=override, policy="keep"))  # noqa: B023
            )
        group = f"merge of a values file of {base.count(chr(10))} lines"
        figures.append(compared(group, name, ours=merging, other=reading, other_name="composing all three", aim=AIM))
    return figures


def values(lines: int) -> str:
    """Give a values file of at least so many lines."""
    parts = lines // _PART.count("\n") + 1
    return "".join(_PART.format(name=f"part{number}", number=number) for number in range(parts))


def _composed(text: str) -> object:
    return yaml.compose(text, Loader=yaml.CSafeLoader)


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
