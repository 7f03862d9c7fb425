"""Fills `${name}` in a text. Everything else that looks like a placeholder of some other language is left alone."""

from __future__ import annotations

import re
from collections.abc import Mapping

from palette_sdk.content.document import position
from palette_sdk.errors import InputError
from palette_sdk.rules.nearest import did_you_mean

_PLACEHOLDER = re.compile(r"\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}")


def render_text(template: str, values: Mapping[str, str], *, path: str) -> str:
    """Put values in the place of `${name}`.

    `$${name}` becomes a literal `${name}`. `{{ ... }}`, `$name`, `$(...)` and `${{ ... }}` are left alone, also anything
    in `${...}` that is no name, such as `${VAR:-default}`. Values are put in as they are: what they hold is not filled again.

    Args:
        template: the text.
        values: by name.
        path: the property, for the message.

    Raises:
        InputError: a name without a value, with its line; or a value that no `${name}` uses, which is a slip of the pen.
    """
    used: set[str] = set()

    def fill(found: re.Match[str]) -> str:
        name = found[2]
        if found[1]:
            return f"${{{name}}}"
        if name not in values:
            line, column = position(template, found.start())
            raise InputError(
                f"line {line}, column {column}: ${{{name}}} has no value ({did_you_mean(name, values)}); "
                f"pass {name}=..., or write $${{{name}}} to keep the text as it is",
                path=path,
            )
        used.add(name)
        return values[name]

    filled = _PLACEHOLDER.sub(fill, template)
    unused = [name for name in values if name not in used]
    if unused:
        names = sorted({found[2] for found in _PLACEHOLDER.finditer(template) if not found[1]})
        raise InputError(
            f"there is no ${{{unused[0]}}} in the text ({did_you_mean(unused[0], names)}); take {unused[0]}= out",
            path=path,
        )
    return filled
