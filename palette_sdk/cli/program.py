"""The command tree, and how a failure ends: one clear text on stderr and exit code 1, never a traceback."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from palette_sdk.cli import clusters, fleet, local, orphans, override, packs, policies, profiles, review, workloads
from palette_sdk.errors import PaletteError


class PaletteGroup(TyperGroup):
    """A group of commands that turns our errors into a text and exit code 1. Wrong usage is typer's: exit code 2."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except PaletteError as e:
            typer.echo(f"error: {e}", err=True)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            # 128 + SIGINT, as a shell expects of who was interrupted.
            raise typer.Exit(130) from None


app = typer.Typer(
    name="palette",
    cls=PaletteGroup,
    help="Look at profiles, clusters and fleets of a Palette, override, review and apply, and run a local Palette.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with the values of local variables could show a key.
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)


def _print_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"palette-sdk {version('palette-sdk')}")
        raise typer.Exit


@app.callback()
def _palette(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


app.command("packs")(packs.packs)
app.add_typer(profiles.app, name="profiles")
app.command("policies")(policies.policies)
app.command("clusters")(clusters.clusters)
app.command("kubeconfig")(clusters.kubeconfig)
app.command("workloads")(workloads.workloads)
app.command("orphans")(orphans.orphans)
app.command("override")(override.override)
app.command("review")(review.review)
app.command("apply")(review.apply)
app.add_typer(fleet.app, name="fleet")
app.add_typer(local.app, name="local")
