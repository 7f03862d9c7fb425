"""The platform team's stack: versions of one profile, which the stacks of the fleet take by uid and version.

Configuration of the stack:
  prefix     put before all names ("a-")
  releases   further versions and the page's image in each: {"1.1.0": "1.2.1"}
"""

from pathlib import Path

import pulumi

import palette_sdk as palette

config = pulumi.Config()
name = f"{config.get('prefix') or ''}platform-base"
base = [
    palette.pack(palette.get_pack(pack, version))
    for pack, version in [
        ("ubuntu-aws", "22.04"),
        ("kubernetes", "1.30.4"),
        ("cni-calico", "3.28.0"),
        ("csi-aws-ebs", "1.30.0"),
    ]
]


def page(image: str) -> palette.Layer:
    """The add-on that the releases differ in."""
    text = palette.render(Path("manifests") / "hello-universe.yaml", replicas=2, image=image)
    return palette.manifest("hello-universe", text)


first = palette.Profile(name, cloud="aws", layers=[*base, page("1.2.0")])
versions: dict[str, palette.VersionRef] = {"1.0.0": first}
for version, image in (config.get_object("releases") or {}).items():
    versions[version] = palette.ProfileVersion(
        f"{name}-{version}", source=first, version=version, set_layers=[page(image)]
    )

# Only uid and version cross to other stacks; they read the content from Palette, by uid.
pulumi.export("versions", {version: getattr(made, "uid", made) for version, made in versions.items()})
