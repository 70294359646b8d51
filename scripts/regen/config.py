"""generator-config.yaml: what no document says. A key nobody knows is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from regen.notes import RefusedError

KEYS = frozenset({"base_path", "docs_url", "external_types", "integers"})


@dataclass(frozen=True)
class Config:
    """The settings."""

    base_path: str = "/api"
    docs_url: str = "https://docs.ledgerbee.com/api"
    external_types: dict[str, str] = field(default_factory=dict)
    integers: tuple[str, ...] = ()

    def is_integer(self, name: str, places: list[str]) -> bool:
        """True if the number called `name`, at these places, is a count or a number used as a name."""
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
    own = {} if data is None else data
    if not isinstance(own, dict):
        raise RefusedError("generator-config.yaml: not a mapping of settings.", "Mend it; nothing was changed.")
    wrong = [f"unknown key {key!r}; known are {', '.join(sorted(KEYS))}" for key in sorted(set(own) - KEYS)]
    external = own.get("external_types") or {}
    if not isinstance(external, dict) or any(str(target).count(":") != 1 for target in external.values()):
        wrong.append("external_types: each name needs module:Class")
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
    )
