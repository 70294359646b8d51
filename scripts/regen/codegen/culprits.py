"""
What the generator cannot take, in the words of the SDK: which argument, body, answer or field, and what to write.

The generator names its own operations and says little of the rest, so each part is tried alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from regen.model.api import Api, Endpoint, Enum, Model

# What the generator says of an API; nothing where it takes all of it.
Tried = Callable[[Api], list[str]]
NOISE = re.compile(
    r"WARNING|^(Failed|Unable|Failure) to|validation errors? for|further information|^paths\.|^/components"
)
"""What the generator says around its reasons."""


def culprits(api: Api, tried: Tried) -> list[str]:
    """Two lines for each part that cannot be generated: what and why, and an action for openapi/overlay.yaml."""
    bare = {name: one if isinstance(one, Enum) else replace(one, fields=()) for name, one in api.classes.items()}
    lines: list[str] = []
    for name, one in api.classes.items():
        alone = [replace(one, fields=(field,)) for field in one.fields] if isinstance(one, Model) else []
        for model in alone:
            if why := tried(Api({}, {}, {**bare, name: model})):
                wire = model.fields[0].wire
                lines += _said(f"the field {wire!r} of {name}", f"$.models.{name}.properties['{wire}']", why)
    for name, endpoint in api.endpoints.items():
        for what, place, part in _parts(endpoint):
            if why := tried(Api({name: part}, {}, bare)):
                title = f" ({endpoint.title})" if endpoint.title else ""
                lines += _said(f"{name}{title}, {what}", f"$.operations['{name}'].{place}", why)
    return lines


def _parts(endpoint: Endpoint) -> Iterator[tuple[str, str, Endpoint]]:
    empty = replace(endpoint, arguments=(), body=None, answer=None)
    for one in endpoint.arguments:
        what = f"the argument {one.name} ({one.wire!r} in the {one.place})"
        yield what, f"parameters[?@.name == '{one.wire}']", replace(empty, arguments=(one,))
    if endpoint.body is not None:
        yield "the body", "requestBody", replace(empty, body=endpoint.body)
    if endpoint.answer is not None:
        yield "the answer", "responses['200']", replace(empty, answer=endpoint.answer)


def _said(what: str, target: str, why: list[str]) -> list[str]:
    told = next((line for line in why if not NOISE.search(line)), why[-1])
    return [f"{what}: {told.rpartition('operation0: ')[2]}", f'  - {{target: "{target}", remove: true}}']
