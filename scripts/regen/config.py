"""generator-config.yaml: what the generator and the pipeline are told. A key nobody knows is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from regen.notes import RefusedError

GENERATOR_KEYS = frozenset({
    "class_overrides", "content_type_overrides", "docstrings_on_attributes", "field_prefix", "generate_all_tags",
    "http_timeout", "literal_enums", "package_name_override", "package_version_override", "post_hooks",
    "project_name_override", "use_path_prefixes_for_title_model_names",
})  # fmt: skip
OWN_KEYS = frozenset({"base_path", "docs_url", "external_types", "integers"})


@dataclass(frozen=True)
class Config:
    """The pipeline's own part, and the generator's keys as they stand."""

    base_path: str = "/api"
    docs_url: str = "https://docs.ledgerbee.com/api"
    external_types: dict[str, str] = field(default_factory=dict)
    integers: tuple[str, ...] = ()
    generator: dict[str, Any] = field(default_factory=dict)

    def is_integer(self, name: str, places: list[str]) -> bool:
        """Is the number called `name`, at these places, a count or a number used as a name?"""
        for pattern in self.integers:
            if ":" in pattern or "." in pattern:
                if pattern in places:
                    return True
            elif fnmatchcase(name, pattern):
                return True
        return False


def read_config(text: str) -> Config:
    """Parse the file; raises RefusedError for keys and values that nobody would act on."""
    try:
        data = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise RefusedError(f"generator-config.yaml: {' '.join(str(error).split())}", "Nothing was changed.") from None
    if not isinstance(data, dict) or set(data) - {"generator", "pipeline"}:
        unknown = sorted(set(data) - {"generator", "pipeline"}) if isinstance(data, dict) else []
        raise RefusedError(
            "generator-config.yaml has two sections, generator and pipeline; "
            f"found {', '.join(map(str, unknown)) or 'no mapping'}.",
            "Move the key under one of them, or mend its spelling; nothing was changed.",
        )
    generator, own = data.get("generator") or {}, data.get("pipeline") or {}
    wrong = [f"generator: unknown key {key!r}" for key in sorted(set(generator) - GENERATOR_KEYS)]
    wrong += [f"pipeline: unknown key {key!r}" for key in sorted(set(own) - OWN_KEYS)]
    external = own.get("external_types") or {}
    wrong += [
        f"external_types: {name} needs module:Class" for name, target in external.items() if str(target).count(":") != 1
    ]
    if not isinstance(own.get("integers") or [], list):
        wrong.append("integers: a list of names is needed")
    if wrong:
        raise RefusedError(
            "generator-config.yaml cannot be used:", *wrong, "A misspelt key would be ignored; nothing was changed."
        )
    return Config(
        base_path=str(own.get("base_path", "/api")).rstrip("/"),
        docs_url=str(own.get("docs_url", "https://docs.ledgerbee.com/api")).rstrip("/"),
        external_types={str(name): str(target) for name, target in external.items()},
        integers=tuple(str(name) for name in own.get("integers") or []),
        generator=dict(generator),
    )
