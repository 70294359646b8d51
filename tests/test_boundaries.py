"""The arrows of the house, read from the imports: who may touch what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CLIENT = ROOT / "ledgerbee_client"
SANDBOX = ROOT / "ledgerbee_sandbox"
GENERATED = ("api", "models")

GROUND_FLOOR = {"errors", "_base.shapes", "_base.waits", "types", "_sending.retry", "_version"}
ABOVE_THE_CLIENT = {"posting", "cli", "redis"}
ONLY_THERE = {
    "httpx": {"_http"},
    "msgspec": {"_models", "types"},
    "standardwebhooks": {"webhooks"},
    "sqlite3": ABOVE_THE_CLIENT,
    "psycopg": ABOVE_THE_CLIENT,
    "redis": ABOVE_THE_CLIENT,
    "typer": ABOVE_THE_CLIENT,
}
DOORS = {"pytest_plugin", "sandbox"}


def imports(path: Path, package: str) -> Iterator[tuple[str, bool]]:
    """Yield each imported module by full name, and whether only type checkers see the import."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parts = path.relative_to(ROOT).with_suffix("").parts
    here = parts[:-1]

    def walk(node: ast.AST, typing_only: bool) -> Iterator[tuple[str, bool]]:
        for child in ast.iter_child_nodes(node):
            only = typing_only
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                only = True
            if isinstance(child, ast.Import):
                yield from ((alias.name, only) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = ".".join(here[: len(here) - child.level + 1]) if child.level else ""
                module = ".".join(filter(None, [base, child.module or ""]))
                yield module, only
                if child.module is None or module == package:
                    yield from ((f"{module}.{alias.name}", only) for alias in child.names)
            yield from walk(child, only)

    yield from walk(tree, False)


def rooms(package: Path) -> list[Path]:
    """Return the handwritten files of a package."""
    return sorted(p for p in package.rglob("*.py") if not set(p.relative_to(package).parts[:1]) & set(GENERATED))


def room_of(path: Path) -> str:
    return path.relative_to(CLIENT).with_suffix("").parts[0]


@pytest.mark.parametrize("path", rooms(CLIENT), ids=room_of)
def test_the_runtime_never_imports_generated_code(path: Path) -> None:
    """Only client.py and the package's front door know the generated tree."""
    if room_of(path) in {"client", "__init__"}:
        return
    found = [
        name
        for name, _ in imports(path, "ledgerbee_client")
        if name.startswith(("ledgerbee_client.api", "ledgerbee_client.models"))
    ]

    assert [] == found


@pytest.mark.parametrize("path", rooms(CLIENT), ids=room_of)
def test_a_library_stands_in_its_own_room_only(path: Path) -> None:
    """httpx in _http, msgspec in _models (and its UNSET in types.py), databases above the client."""
    room = room_of(path)
    found = [
        name for name, _ in imports(path, "ledgerbee_client") if room not in ONLY_THERE.get(name.split(".")[0], {room})
    ]
    if room in {"client", "__init__"}:  # `transport=` is the one public signature that names httpx
        found = [name for name in found if name.split(".")[0] != "httpx"]

    assert [] == found


@pytest.mark.parametrize("room", sorted(GROUND_FLOOR))
def test_the_ground_floor_stands_on_the_standard_library_and_attrs(room: str) -> None:
    """errors, types and retry can be read, and tested, alone."""
    allowed = {f"ledgerbee_client.{name}" for name in GROUND_FLOOR} | {"ledgerbee_client"}
    upstairs = {"ledgerbee_client", "httpx", "anyio", "standardwebhooks"}
    path = CLIENT / f"{room.replace('.', '/')}.py"
    found = [
        name
        for name, typing_only in imports(path, "ledgerbee_client")
        if not typing_only and name.split(".")[0] in upstairs and name not in allowed
    ]

    assert [] == found


@pytest.mark.parametrize("path", rooms(CLIENT), ids=room_of)
def test_nothing_below_imports_what_stands_above_the_client(path: Path) -> None:
    """posting, cli and redis are imported by their users only."""
    above = {f"ledgerbee_client.{name}" for name in ABOVE_THE_CLIENT}
    found = [name for name, typing_only in imports(path, "ledgerbee_client") if name in above and not typing_only]
    if room_of(path) in ABOVE_THE_CLIENT | {"__init__", "__main__"}:
        return

    assert [] == found


def test_the_client_never_imports_the_sandbox() -> None:
    """The two packages share the schema, and no code."""
    found = [
        (path.name, name)
        for path in sorted(CLIENT.rglob("*.py"))
        for name, _ in imports(path, "ledgerbee_client")
        if name.split(".")[0] == "ledgerbee_sandbox"
    ]

    assert [] == found


def test_the_sandbox_meets_the_client_at_its_doors_only() -> None:
    """`Sandbox.client()` and the `ledgerbee` fixture import the client on call."""
    found = {
        path.stem
        for path in rooms(SANDBOX)
        for name, typing_only in imports(path, "ledgerbee_sandbox")
        if name.split(".")[0] == "ledgerbee_client" and not typing_only
    }

    assert found <= DOORS


def test_generated_files_say_so_on_line_one() -> None:
    """A reader who lands in generated code is told at once."""
    unstamped = [
        str(path.relative_to(ROOT))
        for folder in GENERATED
        for path in sorted((CLIENT / folder).rglob("*.py"))
        if "Generated by scripts/regen.py" not in path.read_text(encoding="utf-8").split("\n", 1)[0]
    ]

    assert [] == unstamped


def test_the_pipeline_imports_neither_package() -> None:
    """A broken generated tree must not stop its own regeneration."""
    found = [
        (path.name, name)
        for path in [ROOT / "scripts" / "regen.py", *sorted((ROOT / "scripts" / "regen").rglob("*.py"))]
        for name, _ in imports(path, "regen")
        if name.split(".")[0] in {"ledgerbee_client", "ledgerbee_sandbox"}
    ]

    assert [] == found
