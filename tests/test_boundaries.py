"""What each module may import, by the table in docs/architecture.md; and no circle of imports anywhere."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CLIENT = ROOT / "ledgerbee_client"
SANDBOX = ROOT / "ledgerbee_sandbox"
GENERATED = ("api", "models")
DATABASES = {"sqlite3", "dbm"}
ENTRY_POINTS = {"pytest_plugin", "sandbox"}


@cache
def table() -> dict[str, set[str]]:
    """Read which row of the table may import which rows above it, and which libraries."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)/?` \|[^|]*\|([^|]*)\|$", page, re.MULTILINE)
    return {name: set(re.findall(r"`(\w+)/?`", allowed)) | {name} for name, allowed in rows}


def imports(path: Path, root: Path = ROOT) -> Iterator[tuple[str, bool]]:
    """Yield each imported module or name by its full name, and True for those that only type checkers see."""
    package = path.relative_to(root).parts[:-1]

    def walk(node: ast.AST, typing_only: bool) -> Iterator[tuple[str, bool]]:
        for child in ast.iter_child_nodes(node):
            match child:
                case ast.Import():
                    yield from ((alias.name, typing_only) for alias in child.names)
                case ast.ImportFrom():
                    base = package[: len(package) - child.level + 1] if child.level else ()
                    module = ".".join([*base, *filter(None, [child.module])])
                    yield from ((f"{module}.{alias.name}", typing_only) for alias in child.names)
                case _:
                    pass
            within = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            yield from walk(child, typing_only or within)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), False)


def row_of(path: Path) -> str:
    return path.relative_to(CLIENT).with_suffix("").parts[0]


def used_rows(path: Path) -> set[str]:
    """Return the rows and libraries that a module imports; the standard library counts where it is a database."""
    found: set[str] = set()
    for name, _ in imports(path):
        library, _, inside = name.partition(".")
        if library == "ledgerbee_client":
            first = inside.partition(".")[0]
            found.add(first if (CLIENT / first).is_dir() or (CLIENT / f"{first}.py").is_file() else "__init__")
        elif library not in sys.stdlib_module_names or library in DATABASES:
            found.add(library)
    return found


def handwritten(package: Path) -> list[Path]:
    generated = GENERATED if package == CLIENT else ()
    return sorted(path for path in package.rglob("*.py") if path.relative_to(package).parts[0] not in generated)


def graph_of_modules(package: Path) -> dict[str, set[str]]:
    """Return what each handwritten module of a package imports of the others, on call and for types included."""
    root = package.parent
    modules = {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for path in handwritten(package)
    }
    graph: dict[str, set[str]] = {}
    for module, path in modules.items():
        # `from .. import errors` names a module, `from ..errors import APIError` something in one.
        named = [name if name in modules else name.rpartition(".")[0] for name, _ in imports(path, root)]
        graph[module] = {name for name in named if name in modules} - {module}
    return graph


def circle_in(graph: Mapping[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.mark.parametrize("path", sorted(CLIENT.rglob("*.py")), ids=lambda path: str(path.relative_to(CLIENT)))
def test_a_module_imports_what_the_table_allows_it(path: Path) -> None:
    """Layers, libraries and generated code: one table says for all of them who may use whom."""
    allowed = table().get(row_of(path))
    assert allowed is not None, f"give {row_of(path)} a row in docs/architecture.md, below all that it imports"

    assert set() == used_rows(path) - allowed


def test_the_runtime_never_imports_generated_code() -> None:
    """Only client.py, and what stands above it, may know the generated tree."""
    rows = list(table())
    knowing = {name for name, allowed in table().items() if allowed & {*GENERATED} and name not in GENERATED}

    assert knowing <= {*rows[rows.index("client") :]}


@pytest.mark.parametrize("package", [CLIENT, SANDBOX, ROOT / "scripts" / "regen"], ids=lambda package: package.name)
def test_no_module_imports_itself_by_way_of_others(package: Path) -> None:
    """No circle of imports, those on call and for type checkers included."""
    graph = graph_of_modules(package)

    assert any(graph.values())
    assert [] == circle_in(graph)


def test_no_folder_of_the_sandbox_imports_itself_by_way_of_others() -> None:
    """Each is about one subject, and those it needs do not need it."""
    folders: dict[str, set[str]] = {}
    for module, used in graph_of_modules(SANDBOX).items():
        here = folder_of(module)
        folders.setdefault(here, set()).update({folder_of(name) for name in used} - {here})

    assert {"api", "books", "rules", "schema"} <= set(folders)
    assert [] == circle_in(folders)


def folder_of(module: str) -> str:
    return ".".join(module.removeprefix("ledgerbee_sandbox.").split(".")[:1])


def test_a_row_of_the_table_uses_rows_above_it_only() -> None:
    """The table itself has no circle, and no row for what does not exist."""
    rows = list(table())
    below = {name: (allowed - {name}) & set(rows[number:]) for number, (name, allowed) in enumerate(table().items())}

    assert {name: set() for name in rows} == below
    assert {row_of(path) for path in CLIENT.rglob("*.py")} == set(rows)


def test_a_circle_is_found() -> None:
    """The search for circles is not blind."""
    assert ["a", "b", "a"] == circle_in({"a": {"b"}, "b": {"a"}, "c": {"a"}})


def test_the_sandbox_meets_the_client_at_its_entry_points_only() -> None:
    """`Sandbox.client()` and the `ledgerbee` fixture import the client on call; nothing else does."""
    found = {
        path.stem
        for path in handwritten(SANDBOX)
        for name, typing_only in imports(path)
        if name.split(".")[0] == "ledgerbee_client" and not typing_only
    }

    assert found <= ENTRY_POINTS


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
        for name, _ in imports(path)
        if name.split(".")[0] in {"ledgerbee_client", "ledgerbee_sandbox"}
    ]

    assert [] == found
