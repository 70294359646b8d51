"""Names for classes: the curated one, the remembered one, the published one, else one made from its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from regen.model.sites import SchemaUse
from regen.naming.lock import Lock
from regen.naming.words import class_name, module_key, pascal, singular
from regen.notes import Notes, say

VERBS = frozenset({
    "accept", "activate", "add", "apply", "archive", "assign", "book", "cancel", "check", "convert", "create", "delete",
    "disable", "download", "generate", "get", "grant", "list", "mark", "mint", "preview", "provision", "publish",
    "reject", "release", "remove", "replace", "report", "resend", "reset", "resolve", "restore", "resume", "retrieve",
    "reverse", "revoke", "roll", "run", "send", "set", "submit", "sync", "unassign", "update", "upload", "upsert",
    "validate", "verify", "void",
})  # fmt: skip


@dataclass
class Naming:
    """One run of giving names: what is claimed, and what the lock will remember."""

    lock: Lock
    curated: dict[str, str]
    notes: Notes
    resources: frozenset[str] = frozenset()
    claims: dict[str, list[SchemaUse]] = field(default_factory=dict)
    _keys: dict[str, str] = field(default_factory=dict)
    _waiting: dict[str, list[SchemaUse]] = field(default_factory=dict)
    _same_argument: dict[tuple[str, ...], list[SchemaUse]] = field(default_factory=dict)
    _arguments: dict[tuple[str, ...], str] = field(default_factory=dict)
    _inside: dict[tuple[str, str, bool, bool], str] = field(default_factory=dict)

    def assign(self, uses: list[SchemaUse]) -> None:
        """Give every use its name and write the lock's memory of them."""
        for use in uses:
            for name in self._remembered(use):
                self._waiting.setdefault(name, []).append(use)
            if (key := self._argument_key(use)) is not None:
                self._same_argument.setdefault(key, []).append(use)
        for use in uses:
            if use.known is None:
                self._settled_first(use)
        for use in [*(use for use in uses if use.component is not None), *uses]:
            if not use.name and use.known is None:
                self._claim(use, self._choose(use))
        for use in uses:
            if use.known is not None:
                self._claim(use, self.lock.final_name(use.known))
        self._remember(uses)
        self._aliases(uses)

    def _remembered(self, use: SchemaUse) -> list[str]:
        return list(dict.fromkeys(entry["name"] for entry in map(self.lock.model_at, use.sites) if entry is not None))

    def _is_working(self, use: SchemaUse, name: str) -> bool:
        entries = [entry for entry in map(self.lock.model_at, use.sites) if entry is not None]
        return any(entry["working"] for entry in entries if entry["name"] == name)

    def _published(self, use: SchemaUse) -> str | None:
        return None if use.schema.get("x-working-name") else self._own(use)

    def _curated(self, use: SchemaUse) -> str | None:
        return next((self.curated[site] for site in use.sites if site in self.curated), None)

    def _settled_first(self, use: SchemaUse) -> None:
        """Nothing to decide: a curated name, or a published name that is also the remembered one."""
        curated, published = self._curated(use), self._published(use)
        # Enums are ours to name, since the vendor inlines them; of an object, the published name is the better one.
        if curated is not None and (use.is_enum or published is None):
            self._claim(use, class_name(curated))
        elif published is not None and published in self._remembered(use) and published not in self.claims:
            self._claim(use, published)
        elif self._known_elsewhere(use):
            self._claim(use, self._own(use) or "")

    def _known_elsewhere(self, use: SchemaUse) -> bool:
        """True if its own name is known, although not at these places."""
        own = self._own(use)
        if own is None or own in self.claims:
            return False
        if self._published(use) is None:
            return not self._remembered(use)
        return any(entry["name"] == own and not entry["working"] for entry in self.lock.models.values())

    def _choose(self, use: SchemaUse) -> str:
        remembered, published = self._remembered(use), self._published(use)
        for name in remembered:
            if published is not None and self._is_working(use, name):
                if published != name and self._free(published, use):
                    say(
                        self.notes.aliases,
                        f"{name}: its published name is known now: {published}; the old name stays as an alias",
                    )
                    return published
                continue
            if name not in self.claims or self._same_thing(use, self.claims[name]):
                if published is not None and published != name and name not in self.claims:
                    say(self.notes.names, f"{name}: published as {published} now; the name users type stays")
                return name
        wanted = published or self._own(use)
        if wanted is not None:
            return self._unique(wanted, use)
        shared = self._shared(use)
        if shared is not None:
            return shared
        # The same field of one class, where its schema is written out in several places, is one class, too.
        inside = (use.parent.name, use.key, use.item, use.is_enum) if use.parent is not None else None
        if inside in self._inside:
            return self._inside[inside]
        derived = self._unique(self._derived(use), use)
        if inside is not None:
            self._inside[inside] = derived
        say(self.notes.names, f"{derived}: named after its place, {use.sites[0]}")
        return derived

    def _shared(self, use: SchemaUse) -> str | None:
        """An argument with the same words in several operations, such as Accept-Language, is one class."""
        key = self._argument_key(use)
        if key is None or len(self._same_argument[key]) < 2:
            return None
        if key not in self._arguments:
            operations = {site.partition(":")[0] for other in self._same_argument[key] for site in other.sites}
            self._arguments[key] = self._unique(class_name(pascal(key[0])), use)
            say(self.notes.names, f"{self._arguments[key]}: the argument '{key[0]}' of {len(operations)} operations")
        return self._arguments[key]

    def _argument_key(self, use: SchemaUse) -> tuple[str, ...] | None:
        place = use.sites[0].partition(":")[2]
        if not use.is_enum or use.component is not None or use.parent is not None or self._remembered(use):
            return None
        return (_argument_of(place), *use.schema["enum"]) if place.startswith(("query.", "header.")) else None

    def _own(self, use: SchemaUse) -> str | None:
        return own_name(use, self.resources)

    def _same_thing(self, use: SchemaUse, others: list[SchemaUse]) -> bool:
        """May two schemas be one class? Only where no published names keep them apart."""
        if any(use.is_enum != other.is_enum for other in others):
            return False
        return self._published(use) is None or use.is_enum

    def _free(self, name: str, use: SchemaUse) -> bool:
        key = module_key(name)
        if key in self._keys and (self._keys[key] != name or use not in self.claims.get(name, [])):
            return False
        if name in self.lock.aliases and self.lock.final_name(name) not in self._remembered(use):
            return False
        return not any(other is not use and use not in self._waiting[name] for other in self._waiting.get(name, []))

    def _unique(self, wanted: str, use: SchemaUse) -> str:
        if self._free(wanted, use):
            return wanted
        number = 2
        suffix = "Enum" if use.is_enum else "Model"
        base = wanted if wanted.endswith(suffix) else f"{wanted}{suffix}"
        candidate = base
        while not self._free(candidate, use):
            candidate = f"{base}{number}"
            number += 1
        say(self.notes.names, f"{candidate}: the name {wanted} belongs to another class")
        return candidate

    def _claim(self, use: SchemaUse, name: str) -> None:
        key = module_key(name)
        if key in self._keys and self._keys[key] != name:
            say(self.notes.names, f"{name}: differs from {self._keys[key]} only in case; both are {self._keys[key]}")
            name = self._keys[key]
        self._keys[key] = name
        use.name = name
        self.claims.setdefault(name, []).append(use)

    def _derived(self, use: SchemaUse) -> str:
        if use.parent is not None:
            word = pascal(singular(use.key) if use.item else use.key)
            return class_name(f"{use.parent.name}{word}")
        site = use.sites[0]
        call, _, place = site.partition(":")
        resource, _, method = call.partition(".")
        root = re.split(r"[.\[|{]", place)[0]
        if root in ("query", "path", "header"):
            field_name = _argument_of(place)
            subject = subject_of(resource, method, plural=method == "list")
            return class_name(subject + pascal(field_name))
        tail = "Body" if root == "body" else "Item" if place.startswith("answer[]") else "Response"
        if tail == "Item":
            extra = "" if method.startswith("list") else pascal(singular(method))
            return class_name(f"{pascal(singular(resource))}{extra}Item")
        return class_name(subject_of(resource, method) + tail)

    def _remember(self, uses: list[SchemaUse]) -> None:
        for use in uses:
            for site in use.sites:
                old = self.lock.models.get(site)
                published = self._published(use) or (self._curated(use) if use.component is not None else None)
                working = use.working and published is None
                if old is None or old["name"] != use.name:
                    self.lock.models[site] = {"name": use.name, "working": working}
                elif old["working"] and not working:
                    old["working"] = False

    def _aliases(self, uses: list[SchemaUse]) -> None:
        """A remembered name that nothing carries any more points at the class that took its place."""
        for name, waiting in self._waiting.items():
            if name not in self.claims:
                self.lock.aliases[name] = waiting[0].name
        for name in [name for name in self.lock.aliases if name in self.claims]:
            del self.lock.aliases[name]


def own_name(use: SchemaUse, resources: frozenset[str]) -> str | None:
    """The name of a class that the document gives it."""
    # A reference into the middle of another schema names nothing.
    if use.component is None or use.component.startswith("#"):
        return None
    name = class_name(use.component)
    return f"{name}Model" if name in resources else name


def known_names(
    uses: list[SchemaUse], lock: Lock, curated: dict[str, str], resources: frozenset[str]
) -> dict[str, list[SchemaUse]]:
    """The classes under every name by which the overlay may call them: the document's, and those that users know."""
    found: dict[str, list[SchemaUse]] = {}
    for use in uses:
        name = own_name(use, resources)
        if name is not None:
            found.setdefault(name, []).append(use)
    remembered: dict[str, list[SchemaUse]] = {}
    for use in uses:
        for site in use.sites:
            names = {curated.get(site), (lock.model_at(site) or {}).get("name")}
            for name in sorted({*filter(None, names)} - found.keys()):
                if use not in remembered.setdefault(name, []):
                    remembered[name].append(use)
    found |= remembered
    for old in lock.aliases:
        if old not in found and (target := lock.final_name(old)) in found:
            found[old] = found[target]
    return found


def _argument_of(place: str) -> str:
    """`query.statuses[]` -> `statuses`."""
    return place.split(".", 1)[1].rstrip("[]{}|0123456789") or "Value"


def subject_of(resource: str, method: str, *, plural: bool = False) -> str:
    """`roll_secret` of `webhook_endpoints` -> `RollWebhookEndpointSecret`; `profit` of projects -> `ProjectProfit`."""
    noun = pascal(resource if plural else singular(resource))
    first, _, rest = method.partition("_")
    return f"{pascal(first)}{noun}{pascal(rest)}" if first in VERBS else f"{noun}{pascal(method)}"
