"""What a pack's layer runs, worked out from the values it is given.

A pack's `workloads.yaml` is a stream of Kubernetes manifests with two additions:

    replicas: $(/ui/replicas)     replaced by what the values hold at this JSON pointer
    # when: /api/enabled          at the top of a document: it exists only while that value is true
    # when not: /api/enabled      the opposite; several such lines must all hold

It stands in for the charts and templates of a real pack, so it holds only what can be seen from outside: names,
namespaces, replicas, images, ports, kinds of services.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

_POINTER = re.compile(r"\$\((/[^()\s]*)\)")
_WHEN = re.compile(r"^# when( not)?: (/\S+)$", re.MULTILINE)
_ABSENT = object()


def render_workloads(template: str, values: str) -> list[dict[str, Any]]:
    """The manifests that a layer with these values has on its cluster, in the template's order.

    A pointer to nothing makes its field absent (Kubernetes' own default then applies); a condition on nothing is false.

    Args:
        template: a pack version's `workloads`; empty gives an empty list.
        values: the layer's values, YAML text; macros such as `{{ .spectro... }}` are carried along as text.

    Raises:
        yaml.YAMLError: the values are not YAML.
    """
    if not template.strip():
        return []
    tree = yaml.load(values, Loader=yaml.CSafeLoader)
    manifests = []
    for text in re.split(r"^---\s*$", template, flags=re.MULTILINE):
        if all((_look_up(tree, pointer) is True) is not bool(negated) for negated, pointer in _WHEN.findall(text)):
            document = yaml.load(text, Loader=yaml.CSafeLoader)
            if document is not None:
                manifests.append(_fill(document, tree))
    return manifests


def _fill(node: Any, tree: Any) -> Any:
    """The node with all pointers replaced; a text that is one pointer takes the value with its type."""
    if isinstance(node, dict):
        filled = {key: _fill(value, tree) for key, value in node.items()}
        return {key: value for key, value in filled.items() if value is not _ABSENT}
    if isinstance(node, list):
        return [item for item in (_fill(item, tree) for item in node) if item is not _ABSENT]
    if not isinstance(node, str):
        return node
    whole = _POINTER.fullmatch(node)
    if whole is not None:
        return _look_up(tree, whole[1])
    return _POINTER.sub(lambda match: _as_text(_look_up(tree, match[1])), node)


def _as_text(value: Any) -> str:
    return "" if value is _ABSENT or value is None else str(value)


def _look_up(tree: Any, pointer: str) -> Any:
    """What is at a JSON pointer; `_ABSENT` when there is nothing or null."""
    for part in pointer[1:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(tree, dict) and key in tree:
            tree = tree[key]
        elif isinstance(tree, list) and key.isdigit() and int(key) < len(tree):
            tree = tree[int(key)]
        else:
            return _ABSENT
    return _ABSENT if tree is None else tree
