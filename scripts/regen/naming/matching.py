"""Which operation of the document is which method of the SDK."""

from __future__ import annotations

import difflib
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from regen.document.contents import shape_of, uploads
from regen.document.operations import Node, Operation
from regen.naming.lock import Lock
from regen.naming.tables import KEYS, SPECIAL, Entry, Table
from regen.naming.words import folded, method_name, singular, snake, title_key
from regen.notes import Notes, RefusedError, say

REWORDED = (
    "openapi/names.toml decides: write its title there as it stands in the document; where both have that title, "
    'name = { title = "...", request = "METHOD /path" }.'
)
# What `LedgerBee` has beside its resources: one of that name would be hidden by it.
OF_THE_CLIENT = frozenset({"aclose", "base_url", "calls", "capture", "from_env", "with_options"})


@dataclass(frozen=True)
class Named:
    """An operation under the name users type."""

    entry: Entry
    operation: Operation
    derived: bool = False

    @property
    def name(self) -> str:
        """`invoices.list`."""
        return self.entry.name


def match_operations(
    document: Node, operations: list[Operation], table: Table, lock: Lock, notes: Notes
) -> list[Named]:
    """Every operation with its name, in the order of names.toml; the derived ones last, by name, as in the lock."""
    known = {**table.entries, **_remembered(table, lock)}
    claims: dict[str, tuple[Operation, str]] = {}
    left = list(operations)
    for how, keys in _ways(known, lock):
        left = _claim(left, claims, (how, keys), lock, notes)
    _refuse_strong_memories(left, claims, lock)
    named = [Named(known[name], claims[name][0], name not in table.entries) for name in known if name in claims]
    for name, entry in known.items():
        if name not in claims and name in table.entries:
            perhaps = _nearest(entry, left)
            say(notes.unmatched, f"{name}: no operation has the title {entry.title!r} of {entry.tag!r}{perhaps}")
        elif name not in claims:
            say(notes.unmatched, f"{name}: the operation remembered under this derived name is gone")
    names = {*known, *(f"{one.resource}.{one.many}" for one in known.values() if one.many)}
    names |= {*superseded(table, lock), *(name for name, memory in lock.operations.items() if "named_since" in memory)}
    for operation in left:
        upload = uploads(operation, document)
        if upload is not None:
            what = f"{operation.request}, {operation.title or 'no title'}"
            say(
                notes.left_out,
                f"{what}: takes {upload}, which this client cannot send; give it a name to have it anyway",
            )
            continue
        entry = derived_entry(operation, table, names, shape_of(operation, document))
        names.add(entry.name)
        say(
            notes.derived,
            f"{entry.name}: derived for {operation.request}, {operation.title or 'no title'}; not in names.toml",
        )
        named.append(Named(entry, operation, True))
    return sorted(named, key=lambda one: (one.derived, one.name if one.derived else ""))


def _nearest(entry: Entry, left: list[Operation]) -> str:
    """An operation nobody has claimed whose title reads much like this one: for a person to decide."""
    titles = {folded(operation.title): operation for operation in left if operation.title}
    near = difflib.get_close_matches(folded(entry.title), titles, n=1, cutoff=0.7)
    return f"; perhaps it is {titles[near[0]].request}, {titles[near[0]].title!r} now" if near else ""


def _remembered(table: Table, lock: Lock) -> dict[str, Entry]:
    """Names that were derived once, for operations that are in no table since."""
    entries = {}
    gone = superseded(table, lock)
    for name, memory in lock.operations.items():
        if name not in table.entries and memory.get("derived") and name not in gone:
            resource, _, method = name.partition(".")
            entries[name] = Entry(
                name, resource, method, memory["tag"], memory["title"], memory["kind"], memory.get("many")
            )
    return entries


def superseded(table: Table, lock: Lock) -> dict[str, str]:
    """Names that were derived once, for operations that a line written since then calls otherwise: that name."""
    titles: dict[tuple[str, str], str] = {}
    requests: dict[str, str] = {}
    for entry in table.entries.values():
        memory = lock.operations.get(entry.name)
        if entry.request:
            requests[_shape(entry.request)] = entry.name
        elif memory is None or title_key(memory["tag"], memory["title"]) != title_key(entry.tag, entry.title):
            titles[title_key(entry.tag, entry.title)] = entry.name
    found = {}
    for name, memory in lock.operations.items():
        if name not in table.entries and memory.get("derived"):
            now = requests.get(_signature(memory)) or titles.get(title_key(memory["tag"], memory["title"]))
            if now is not None:
                found[name] = now
    return found


Keys = Callable[[Operation], Iterable[str]]


def _ways(known: dict[str, Entry], lock: Lock) -> list[tuple[str, Keys]]:
    """The ways to recognise an operation, the surest first; each says which names an operation may claim."""
    in_tag: dict[tuple[str, str], list[str]] = defaultdict(list)
    anywhere: dict[str, list[str]] = defaultdict(list)
    for name, entry in known.items():
        if entry.title:
            in_tag[title_key(entry.tag, entry.title)].append(name)
            anywhere[folded(entry.title)].append(name)
    written = {_shape(entry.request): name for name, entry in known.items() if entry.request}
    by_request: dict[str, list[str]] = defaultdict(list)
    by_id: dict[str, list[str]] = defaultdict(list)
    for name, memory in lock.operations.items():
        if name in known:
            by_request[_signature(memory)].append(name)
            if memory.get("operation_id"):
                by_id[memory["operation_id"]].append(name)
            in_tag[title_key(memory["tag"], memory["title"])] += [name] if memory["title"] else []
    return [
        ("request", lambda op: [written[op.signature]] if op.signature in written else []),
        ("title", lambda op: in_tag.get(title_key(op.tag, op.title), [])),
        ("title in another tag", lambda op: anywhere.get(folded(op.title), [])),
        ("path remembered", lambda op: by_request.get(op.signature, [])),
        ("operation id remembered", lambda op: by_id.get(op.operation_id, []) if op.operation_id else []),
    ]


def _claim(
    left: list[Operation], claims: dict[str, tuple[Operation, str]], way: tuple[str, Keys], lock: Lock, notes: Notes
) -> list[Operation]:
    how, keys = way
    wanted: dict[str, list[Operation]] = defaultdict(list)
    for operation in left:
        free = list(dict.fromkeys(name for name in keys(operation) if name not in claims))
        if len(free) == 1:
            wanted[free[0]].append(operation)
    for name, claimants in wanted.items():
        wanted[name] = _as_before(claimants, lock.operations.get(name))
    twice = {name: claimants for name, claimants in wanted.items() if len(claimants) > 1}
    if twice:
        lines = [
            f"{name}: {' and '.join(op.request for op in claimants)}, by {how}" for name, claimants in twice.items()
        ]
        raise RefusedError("Two operations claim one name.", *lines, REWORDED, "Nothing was changed.")
    for name, (operation,) in wanted.items():
        claims[name] = (operation, how)
        if how not in ("request", "title"):
            say(
                notes.names,
                f"{name}: recognised by {how}; the document now says {operation.title!r} of {operation.tag!r}",
            )
    taken = {id(operation) for operation, _ in claims.values()}
    return [operation for operation in left if id(operation) not in taken]


def _as_before(claimants: list[Operation], memory: Node | None) -> list[Operation]:
    """Of several that read alike the one that was meant until now, if one was; the others are new."""
    if len(claimants) > 1 and memory is not None:
        for same in (
            [one for one in claimants if one.signature == _signature(memory)],
            [one for one in claimants if one.operation_id and one.operation_id == memory.get("operation_id")],
        ):
            if len(same) == 1:
                return same
    return claimants


def _refuse_strong_memories(left: list[Operation], claims: dict[str, tuple[Operation, str]], lock: Lock) -> None:
    """A path the documentation vouched for must not change hands silently; an inferred one may."""
    documented = {
        _signature(memory): name
        for name, memory in lock.operations.items()
        if memory.get("path_source") != "inferred" and name in claims
    }
    lines = []
    for operation in left:
        name = documented.get(operation.signature)
        if name is not None:
            other, how = claims[name]
            lines.append(f"{name}: {other.request} by {how}, {operation.request} by the path it had until now")
    if lines:
        raise RefusedError("Two operations claim one name.", *lines, REWORDED, "Nothing was changed.")


def _signature(memory: dict[str, str]) -> str:
    return _shape(f"{memory['method']} {memory['path']}")


def _shape(request: str) -> str:
    return re.sub(r"{[^}]*}", "{}", request)


def derived_entry(operation: Operation, table: Table, taken: set[str], shape: str = "") -> Entry:
    """A name for an operation nobody named: the resource of its tag, a method from METHOD and path."""
    parts = [part for part in operation.path.split("/") if part and not re.fullmatch(r"v\d+|\.well-known", part)]
    version = re.match(r"/v(\d+)/", operation.path)
    resource = table.tags.get(folded(operation.tag)) or _resource(operation.tag, parts)
    statics = [part for part in parts if not part.startswith("{")]
    plain = {singular(word) for word in (resource, resource.replace("_", ""))}
    own = [part for part in statics if singular(snake(part)) not in plain] if statics else []
    plural = bool(statics) and singular(snake(statics[-1])) != snake(statics[-1])
    titled = operation.title.lower().startswith("list ")
    listing = titled or (operation.method == "GET" and (shape == "list" or (not shape and plural and not own)))
    listing = listing and not (parts and parts[-1].startswith("{"))
    method = method_name(_verb(operation, parts, own, lists=listing))
    method = f"{method}_" if method in KEYS else method
    numbered = [method, f"{method}_v{version.group(1)}" if version and version.group(1) != "1" else f"{method}_by_path"]
    more = (f"{method}_{number}" for number in itertools.count(2))
    chosen = next(word for word in itertools.chain(numbered, more) if f"{resource}.{word}" not in taken)
    kind = "file" if shape == "file" else "list" if listing and shape != "one" else "one"
    return Entry(f"{resource}.{chosen}", resource, chosen, operation.tag, operation.title, kind)


def _resource(tag: str, parts: list[str]) -> str:
    text = re.sub(r"\(v\d+\)", "", tag).strip() or next((part for part in parts if not part.startswith("{")), "other")
    name = method_name(text)
    return f"{name}_" if name in OF_THE_CLIENT or name in SPECIAL else name


def _verb(operation: Operation, parts: list[str], own: list[str], *, lists: bool) -> str:
    """`list`, `get`, `create_value`, `archive`: what METHOD and the last words of the path say."""
    ends_in_place = bool(parts) and parts[-1].startswith("{")
    last = snake(own[-1]) if own else ""
    verbs = {"PUT": "update", "PATCH": "update", "DELETE": "delete"}
    if operation.method in ("GET", "HEAD"):
        if ends_in_place:
            return f"get_{singular(last)}" if last else "get"
        return last or ("list" if lists else "get")
    if operation.method == "POST":
        if not last:
            return "create"
        return (
            f"create_{singular(last)}" if last.endswith("s") and singular(last) != last and not ends_in_place else last
        )
    verb = verbs[operation.method]
    return f"{verb}_{singular(last)}" if last else verb
