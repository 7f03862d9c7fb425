"""Three-way merge of a layer's content: what was applied, what comes, and what the cluster runs. Pure; says what it decided.

`merge` is for one text, `settle` for a whole layer, `declare` for overrides that the program owns, `found` for what
someone changed. Texts are never written anew: edits are spliced into the incoming text, and proved.
"""

from palette_sdk.merge.declare import Declaration, declare
from palette_sdk.merge.fit import misfit, shared_places
from palette_sdk.merge.layers import Content, Settled, settle
from palette_sdk.merge.model import ABSENT, MISSING, Decision, Declared, Merged, Policy, Row, Rule
from palette_sdk.merge.three_way import found, merge

__all__ = [
    "ABSENT",
    "MISSING",
    "Content",
    "Decision",
    "Declaration",
    "Declared",
    "Merged",
    "Policy",
    "Row",
    "Rule",
    "Settled",
    "declare",
    "found",
    "merge",
    "misfit",
    "settle",
    "shared_places",
]
