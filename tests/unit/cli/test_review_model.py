"""What a review says, from contents alone."""

from __future__ import annotations

from html.parser import HTMLParser
from io import StringIO

import pytest
from rich.console import Console

from palette_sdk.cli.cluster_layers import Layer, LiveCluster, Overridden, Version
from palette_sdk.cli.review_html import page
from palette_sdk.cli.review_model import Review, as_data, review_of
from palette_sdk.cli.review_text import draw, plain_lines
from palette_sdk.cli.settling import settle_all
from palette_sdk.cli.stack_state import Applied, StackFacts
from palette_sdk.merge import Content, Declared, Policy, Rule

VALUES = "ui:\n  replicas: {replicas}\n  image: {image}\n"


def values(replicas: int = 2, image: str = "one") -> Content:
    """Values with these two places."""
    return Content(values=VALUES.format(replicas=replicas, image=image))


def layer(name: str, content: Content, version: str = "1.0") -> Layer:
    """An add-on layer."""
    return Layer(name, "addon", "spectro", version, content)


def version(*layers: Layer, number: str = "1.0.0", uid: str = "p1") -> Version:
    """A version of the profile `web`."""
    return Version(uid, "web", number, "cluster", {each.name: each for each in layers})


def known(
    content: Content | None, *, secret: bool = False, declared: tuple[Declared, ...] = (), rules: tuple[Rule, ...] = ()
) -> StackFacts:
    """What a stack knows: what was applied of the layer `page`."""
    return StackFacts(
        "merge", rules, {("web", "page"): Applied(content, secret, "")}, {"web": "1.0.0"}, {("", "page"): declared}
    )


def review(
    running: Version,
    incoming: Version,
    *,
    overridden: dict[str, Overridden] | None = None,
    base: Version | None = None,
    facts: StackFacts | None = None,
    policy: Policy = "merge",
    pending: bool = True,
    show_secrets: bool = False,
) -> Review:
    """The review of one profile on one cluster."""
    cluster = LiveCluster("c1", "web", "Running", (running,), frozenset({running.uid} if pending else ()))
    plans = settle_all(
        cluster,
        {running.uid: incoming},
        overrides={running.uid: overridden or {}},
        bases={running.uid: base} if base else {},
        facts=facts,
        policy=policy,
    )
    return review_of(cluster, plans, policy=policy, show_secrets=show_secrets)


OVERRIDDEN = {"page": Overridden(values=True)}


def test_nothing_waits() -> None:
    """A cluster that runs what its profile holds has an empty review, and it is said."""
    same = version(layer("page", values()))
    empty = review(same, same)
    assert empty.profiles == ()
    assert list(plain_lines(empty)) == ['"web" runs what its profiles hold; nothing waits, nothing is overridden.']


@pytest.mark.parametrize(
    ("running", "incoming", "changes"),
    [
        ([], [layer("page", values())], ("added",)),
        ([layer("page", values())], [], ("removed",)),
        ([layer("page", values())], [layer("page", values(), "1.1")], ("version",)),
        ([layer("page", values(2))], [layer("page", values(3))], ("values",)),
        ([layer("page", values(2))], [layer("page", values(3), "1.1")], ("version", "values")),
        ([layer("page", Content("", {"m": "a: 1"}))], [layer("page", Content("", {"m": "a: 2"}))], ("manifests",)),
        ([layer("page", Content("", {}))], [layer("page", Content("", {"m": "a: 2"}))], ("manifests",)),
    ],
)
def test_changes(running: list[Layer], incoming: list[Layer], changes: tuple[str, ...]) -> None:
    """Each kind of change of a layer has its word."""
    other = layer("other", values())
    shown = review(version(other, *running), version(other, *incoming))
    assert [(each.name, each.changes) for _, each in shown.layers] == [("page", changes)]


def test_another_format_is_no_change() -> None:
    """Values that mean the same are no change, however they are written."""
    same = layer("page", Content("ui: {replicas: 2, image: one}\n"))
    assert review(version(layer("page", values())), version(same)).layers == []


@pytest.mark.parametrize(
    ("policy", "decision", "pending"),
    [
        ("merge", "conflict", "replicas: 3"),
        ("keep", "kept", "replicas: 1"),
        ("drop", "dropped", "replicas: 3"),
        ("fail", "refused", "replicas: 3"),
    ],
)
def test_policies(policy: Policy, decision: str, pending: str) -> None:
    """With base 2, cluster 1 and incoming 3 each policy decides in its way, and the pending text follows."""
    shown = review(
        version(layer("page", values(1))),
        version(layer("page", values(3))),
        overridden=OVERRIDDEN,
        facts=known(values(2)),
        policy=policy,
    )
    ((_, one),) = shown.layers
    (mark,) = one.marks
    assert (mark.decision, mark.base, mark.cluster, mark.incoming) == (decision, "2", "1", "3")
    assert (mark.place, one.base_known) == ("/ui/replicas", True)
    assert pending in one.texts[0].pending
    assert shown.conflicts == (policy in {"merge", "fail"})


def test_incoming_elsewhere() -> None:
    """A change to another path arrives, and the override stays without a conflict."""
    shown = review(
        version(layer("page", values(1))),
        version(layer("page", values(2, "two"))),
        overridden=OVERRIDDEN,
        facts=known(values(2)),
    )
    ((_, one),) = shown.layers
    assert [mark.decision for mark in one.marks] == ["kept"]
    assert one.texts[0].pending == VALUES.format(replicas=1, image="two")
    assert shown.conflicts == 0


def test_base_is_the_version_itself() -> None:
    """As long as no edit waits, the attached version is the base, without any stack."""
    shown = review(
        version(layer("page", values(1))),
        version(layer("page", values(3)), number="1.1.0", uid="p2"),
        overridden=OVERRIDDEN,
        base=version(layer("page", values(2))),
        pending=False,
    )
    assert [(mark.decision, mark.base) for _, one in shown.layers for mark in one.marks] == [("conflict", "2")]


def test_unknown_base() -> None:
    """Without a base each difference of an overridden layer is a conflict, and it is said; other layers just change."""
    shown = review(
        version(layer("page", values(1)), layer("other", values(2))),
        version(layer("page", values(2, "two")), layer("other", values(3))),
        overridden=OVERRIDDEN,
    )
    page_review, other = (one for _, one in shown.layers)
    assert {mark.place for mark in page_review.conflicts} == {"/ui/replicas", "/ui/image"}
    assert {mark.base for mark in page_review.marks} == {"unknown"}
    assert (page_review.base_known, other.base_known, other.marks) == (False, True, ())
    assert "what was applied last of page isn't known here" in "\n".join(plain_lines(shown))


def test_rules_and_declared() -> None:
    """Rules and declared overrides of a program decide as they would in its own preview."""
    ruled = review(
        version(layer("page", values(1))),
        version(layer("page", values(3))),
        overridden=OVERRIDDEN,
        facts=known(values(2), rules=(Rule("keep", "page"),)),
    )
    assert [mark.decision for _, one in ruled.layers for mark in one.marks] == ["kept"]
    declared = review(
        version(layer("page", values(1))),
        version(layer("page", values(3))),
        overridden=OVERRIDDEN,
        facts=known(values(2), declared=(Declared("/ui/replicas", value=1),)),
    )
    assert [(mark.decision, mark.place, mark.cluster) for _, one in declared.layers for mark in one.marks] == [
        ("declared", "/ui/replicas", "1")
    ]
    assert (declared.conflicts, declared.changes) == (0, 0)


def test_secret_content_is_left_out() -> None:
    """Of secret content a review has neither texts, paths nor values, in no form, unless it is asked to show them."""
    arguments = {
        "running": version(layer("page", values(1, "hush"))),
        "incoming": version(layer("page", values(3, "hush-hush"))),
    }
    facts = known(None, secret=True)
    shown = review(**arguments, overridden=OVERRIDDEN, facts=facts)  # type: ignore[arg-type]
    for text in (repr(shown), str(as_data(shown)), "\n".join(plain_lines(shown)), page(shown), drawn(shown, 120)):
        assert "hush" not in text
        assert "/ui/" not in text
    assert as_data(shown)["conflicts"] == 2
    open_one = review(**arguments, overridden=OVERRIDDEN, facts=facts, show_secrets=True)  # type: ignore[arg-type]
    assert "hush-hush" in "\n".join(plain_lines(open_one))


# -- how it looks ------------------------------------------------------------------------------------------------------

CONFLICT = """\
LAYER  PROFILE                      CHANGES  VERSION  OVERRIDES
page   web 1.0.0 (edited in place)  values   1.0      1 conflict
new    web 1.0.0 (edited in place)  added    2.0      -
old    web 1.0.0 (edited in place)  removed  1.0      -

== page (web 1.0.0 (edited in place)): values
   override conflict on "web", layer page, /ui/replicas (policy merge)
      base (1.0.0) 2      cluster runs 1      incoming 3
   keep 1:  palette apply web --policy keep
   take 3:  palette apply web --policy drop
   by hand:  palette review web --edit --layer page
   in the program:  override_rules=[OverrideRule("keep", layer="page", path="/ui/replicas")]

   values: current and pending
   ui:
 -   replicas: 1
 +   replicas: 3
     image: one

== new (web 1.0.0 (edited in place)): added

   values: new
 + a: 1

== old (web 1.0.0 (edited in place)): removed

   values: goes
 - b: 2"""


def conflicted() -> Review:
    """A conflict, a new layer, and one that goes."""
    return review(
        version(layer("page", values(1)), layer("old", Content("b: 2\n"))),
        version(layer("page", values(3)), layer("new", Content("a: 1\n"), "2.0")),
        overridden=OVERRIDDEN,
        facts=known(values(2)),
    )


def drawn(shown: Review, width: int, *, colour: bool = False) -> str:
    """The review as a console of this width shows it."""
    out = StringIO()
    system = "standard" if colour else None
    draw(shown, Console(file=out, width=width, highlight=False, force_terminal=colour, color_system=system))  # type: ignore[arg-type]
    return out.getvalue()


def test_plain() -> None:
    """In a pipe a review is plain text with everything in it."""
    assert list(plain_lines(conflicted())) == CONFLICT.splitlines()


def test_wide() -> None:
    """On a wide terminal current and pending stand side by side, with a sign that needs no colour."""
    shown = drawn(conflicted(), 120)
    (line,) = [line for line in shown.splitlines() if "replicas: 1" in line]
    assert line.split() == ["2", "replicas:", "1", "~", "2", "replicas:", "3"]
    assert "\x1b[" not in shown
    assert max(map(len, shown.splitlines())) <= 120


def test_narrow() -> None:
    """On a narrow terminal they stand one below the other, and nothing is cut off."""
    shown = drawn(conflicted(), 40)
    assert shown.startswith("page: web 1.0.0 (edited in place), \nchanges: values, 1.0, 1 conflict\n")
    assert " -   replicas: 1\n +   replicas: 3\n" in shown
    assert max(map(len, shown.splitlines())) <= 40
    words = "".join(shown.split())
    assert 'OverrideRule("keep",layer="page",path="/ui/replicas")' in words


def test_colour() -> None:
    """With colours, what goes is red and what comes is green."""
    shown = drawn(conflicted(), 60, colour=True)
    assert "\x1b[31m -   replicas: 1\x1b[0m" in shown
    assert "\x1b[32m +   replicas: 3\x1b[0m" in shown


def test_markup_is_text() -> None:
    """Brackets in content are no markup of the terminal's library."""
    odd = Content("a: '[red]x[/red] [/]'\n")
    shown = review(version(layer("page", values())), version(layer("page", odd)))
    for width in (60, 140):
        assert "[red]x[/red] [/]" in drawn(shown, width)


def test_page_is_self_contained() -> None:
    """The page has no script and loads nothing; content in it is escaped."""
    bad = Content("a: \"<script>alert('x')</script><img src=http://example.com/x>\"\n")
    text = page(review(version(layer("<b>", values())), version(layer("<b>", bad))))
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in text
    assert "&lt;b&gt;" in text
    assert "default-src 'none'" in text
    for loads in ("src=", "href=", "@import", "url("):
        assert loads not in text.replace("&lt;img src=http", "")


def test_page_has_it_all() -> None:
    """The page has summary, conflict with its ways out, and both texts."""
    text = page(conflicted())
    assert "<td>1 conflict</td>" in text
    assert "base (1.0.0) 2      cluster runs 1      incoming 3" in text
    assert 'class="changed"' in text
    assert "<strong>1 stop the update.</strong>" in text


def test_override_of_a_layer_that_goes() -> None:
    """A layer that goes takes its override with it, and that is told."""
    shown = review(version(layer("page", values(1))), version(), overridden=OVERRIDDEN)
    ((_, one),) = shown.layers
    assert (one.changes, [mark.decision for mark in one.marks]) == (("removed",), ["without a place"])
    assert "   override goes with its layer: values" in list(plain_lines(shown))


def test_ways_out_of_a_move() -> None:
    """The ways out of a conflict with another version name that version; `palette apply` would bring another one."""
    running, incoming = (
        version(layer("page", values(1))),
        version(layer("page", values(3)), number="1.1.0", uid="p2"),
    )
    cluster = LiveCluster("c1", "web", "Running", (running,), frozenset())
    base = {running.uid: version(layer("page", values(2)))}
    plans = settle_all(
        cluster,
        {running.uid: incoming},
        overrides={running.uid: OVERRIDDEN},
        bases=base,
        facts=None,
        policy="merge",
    )
    text = "\n".join(plain_lines(review_of(cluster, plans, policy="merge", to="1.1.0")))
    assert "by hand:  palette review web --to 1.1.0 --edit --layer page" in text
    assert "palette apply" not in text


def test_the_rule_to_paste_names_its_object() -> None:
    """Where another object of the layer has the path, too, the rule says which object is meant."""
    one = "kind: Deployment\nmetadata: {{name: a}}\nspec: {{replicas: {0}}}\n"
    objects = f"{one}---\nkind: Deployment\nmetadata: {{{{name: {{1}}}}}}\nspec: {{2}}\n"

    def manifests(*parts: object) -> Content:
        return Content("", {"web": objects.format(*parts)})

    def rules(*rest: object) -> list[str]:
        shown = review(
            version(layer("page", manifests(1, *rest))),
            version(layer("page", manifests(3, *rest))),
            overridden={"page": Overridden(manifests=("web",))},
            facts=known(manifests(2, *rest)),
        )
        return [line.split("layer=")[1] for line in plain_lines(shown) if "in the program:" in line]

    assert rules("b", "{replicas: 1}") == ['"page", resource="Deployment/a", path="/spec/replicas")]']
    assert rules("b", "{paused: true}") == ['"page", path="/spec/replicas")]']


def test_lines_are_told_with_their_manifest() -> None:
    """In a manifest that isn't YAML a place is some lines: the manifest stands before them."""

    def manifest(replicas: int) -> Content:
        return Content("", {"web": f"{{{{ if x }}}}\nreplicas {replicas}\n", "other": "{{ end }}\n"})

    shown = review(
        version(layer("page", manifest(1))),
        version(layer("page", manifest(3))),
        overridden={"page": Overridden(manifests=("web",))},
        facts=known(manifest(2)),
    )
    assert any("web line 2" in line for line in plain_lines(shown))


class _Nesting(HTMLParser):
    """Notes tags that are closed in another order than they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def test_page_is_well_formed() -> None:
    """Every tag of the page is closed, in the right order."""
    parser = _Nesting()
    parser.feed(page(conflicted()))
    parser.close()
    assert (parser.wrong, parser.open) == ([], [])
