"""What bites a code generator, the whole way: normalised, generated, imported and used. One package for all rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from rows import AWKWARD_FIELDS, AWKWARD_PARAMETERS, everything
from small import document, normalised, operation
from workbench import Package, built


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package of the document in rows.py."""
    directory: Path = tmp_path_factory.mktemp("rows")
    return built(normalised(everything()), directory)


def test_a_nullable_enum_reads_null_and_values(package: Package) -> None:
    """Row 1."""
    assert [None, "red", "GREEN", None] == package.run(
        """
paint = models.Paint.from_dict({"colour": None, "shade": "red"})
other = models.Paint.from_dict({"colour": "green", "shade": None})
result = [paint.colour, paint.shade, other.colour.name, other.shade]
"""
    )


def test_a_nullable_reference_reads_null(package: Package) -> None:
    """Row 2."""
    assert [None, "1"] == package.run(
        """
parcel = models.Parcel.from_dict({"owner": None, "sender": {"id": "1"}})
result = [parcel.owner, parcel.sender.id]
"""
    )


def test_an_unannounced_null_does_not_break_reading(package: Package) -> None:
    """Row 3: for lists, classes, maps, enums and dates."""
    assert [None] * 6 == package.run(
        """
loose = models.Loose.from_dict(dict.fromkeys(["tags", "thing", "table", "kind", "day", "moment"]))
result = [loose.tags, loose.thing, loose.table, loose.kind, loose.day, loose.moment]
"""
    )


def test_a_new_enum_value_is_kept(package: Package) -> None:
    """Row 4: as text, and it goes back as it came."""
    assert ["turquoise", {"colour": "turquoise"}] == package.run(
        """
paint = models.Paint.from_dict({"colour": "turquoise"})
result = [paint.colour, paint.to_dict()]
"""
    )


def test_a_default_of_the_server_is_not_sent(package: Package) -> None:
    """Row 5: a PATCH with one field changes one field."""
    assert {"name": "desk"} == package.run(
        """
lamps, calls = resource("lamps", {})
asyncio.run(lamps.update("1", models.UpdateLamp(name="desk")))
result = body(calls)
"""
    )


def test_no_page_is_sent_as_a_fraction(package: Package) -> None:
    """Row 6: nothing is sent unasked, and a whole number stays whole."""
    assert [{}, 7, True] == package.run(
        """
paged, calls = resource("paged")
paged.list()
first = sent(calls)
paged.list(limit=7)
result = [first, calls.given["limit"], calls.operation.paged]
"""
    )


def test_a_bad_default_removes_nothing(package: Package) -> None:
    """Row 7: the class and everything that refers to it is there, typed."""
    assert ["colour", "count", "is_active", "name", "since", "watts"] == package.run(
        """
import inspect
result = sorted(name for name in inspect.signature(models.UpdateLamp).parameters if name != "_unknown")
"""
    )


def test_operations_with_one_id_are_both_callable(package: Package) -> None:
    """Row 8."""
    assert ["/v1/twins/a", "/v1/twins/b"] == package.run(
        """
result = []
for name in ("a", "b"):
    twins, calls = resource("twins", {})
    asyncio.run(getattr(twins, name)())
    result.append(calls.operation.path)
"""
    )


def test_classes_that_differ_in_case_are_all_importable(package: Package) -> None:
    """Row 9."""
    assert ["1", "2", "3"] == package.run(
        """
result = []
for method in ("one", "two", "three"):
    cases, calls = resource("cases", {"first": "1", "second": "2", "third": "3"})
    answer = asyncio.run(getattr(cases, method)())
    result += [getattr(answer, name) for name in ("first", "second", "third") if hasattr(answer, name)]
"""
    )


def test_enum_values_that_look_alike_have_members_of_their_own(package: Package) -> None:
    """Row 10."""
    assert ["asc", "ASC", "a_b", "a-b", "", "1st", "-"] == package.run(
        "result = [m.value for m in models.OrderDirection]"
    )


def test_an_inline_enum_and_a_class_of_its_name_live_together(package: Package) -> None:
    """Row 11."""
    assert ["on", "1.5"] == package.run(
        """
meter, status = models.Meter.from_dict({"status": "on"}), models.MeterStatus.from_dict({"level": Decimal("1.5")})
result = [meter.status, status.level]
"""
    )


def test_refusals_do_not_change_what_a_call_returns(package: Package) -> None:
    """Row 12."""
    assert "-> Thing:" in package.source("api/refusals.py")


def test_a_pdf_without_a_described_success_is_a_file(package: Package) -> None:
    """Row 13."""
    assert ["a file", ["p 1"]] == package.run(
        """
papers, calls = resource("papers")
result = [papers.pdf("p 1"), calls.given["path"]]
"""
    )


def test_a_deep_object_and_lists_reach_the_wire_by_name(package: Package) -> None:
    """Row 14 and leftover: metadata[key]=value, a,b."""
    assert [
        {"metadata": {"team": "north"}, "filter": "{}", "statuses": ["red"], "tags": ["a"]},
        ["statuses"],
    ] == package.run(
        """
searches, calls = resource("searches")
searches.list(metadata={"team": "north"}, filter_="{}", statuses=["red"], tags=["a"])
result = [sent(calls), sorted(calls.operation.comma_joined)]
"""
    )


def test_a_union_reads_the_kind_it_says(package: Package) -> None:
    """Row 15: a wrong inner field of one kind is no other kind, and an unknown kind is passed through."""
    assert ["Cat", "Dog", "dict"] == package.run(
        """
result = []
for animal in ({"kind": "cat", "lives": 9}, {"kind": "dog", "name": "Rex"}, {"kind": "newt", "size": 1}):
    animals, calls = resource("animals", animal)
    result.append(type(asyncio.run(animals.get())).__name__)
"""
    )


def test_awkward_parameters_reach_the_wire_under_their_own_names(package: Package) -> None:
    """Row 16."""
    hidden = {"idempotency_key", "model", "datetime", "operation", "entries", "result", "response"}
    wire = [name for name in AWKWARD_PARAMETERS if name not in hidden]

    assert sorted(wire) == package.run(
        f"""
import inspect
traps, calls = resource("traps", {{}})
taken = [n for n in inspect.signature(traps.create).parameters if n not in ("body", "timeout", "extra_headers")]
asyncio.run(traps.create(models.Trap(), **{{name: "x" for name in taken}}))
result = sorted(set(sent(calls)) & set({wire!r}))
"""
    )


def test_awkward_fields_survive_a_round_trip(package: Package) -> None:
    """Row 16."""
    fields = [name for name in AWKWARD_FIELDS if name not in ("additional_properties", "unknown_fields", "datetime")]

    assert dict.fromkeys(fields, "x") == package.run(
        f"result = models.Trap.from_dict(dict.fromkeys({fields!r}, 'x')).to_dict()"
    )


def test_what_stands_on_a_parameter_is_in_the_docstring(package: Package) -> None:
    """Row 17."""
    assert "search: Free text." in package.source("api/told.py")


def test_a_repaired_class_reads(package: Package) -> None:
    """Row 18."""
    assert ["x", "2026-01-02T03:04:05+00:00"] == package.run(
        """
broken = models.Broken.from_dict({"a": "x", "c": "2026-01-02T03:04:05Z"})
result = [broken.a, broken.c.isoformat()]
"""
    )


def test_an_object_nobody_described_takes_anything(package: Package) -> None:
    """Row 20: what was shown as an object may be a string."""
    assert [{"a": 1}, "text"] == package.run(
        """
legacy = models.Legacy.from_dict({"anything": {"a": 1}, "maybe": "text"})
result = [legacy.anything, legacy.maybe]
"""
    )


def test_every_call_takes_a_timeout_and_headers_of_its_own(package: Package) -> None:
    """Row 21."""
    assert [1.5, {"x-trace": "1"}] == package.run(
        """
paints, calls = resource("paints", {})
asyncio.run(paints.get(timeout=1.5, extra_headers={"x-trace": "1"}))
result = [calls.given["timeout"], calls.given["extra_headers"]]
"""
    )


def test_classes_made_of_others_have_all_fields(package: Package) -> None:
    """allOf, and classes that contain themselves."""
    assert ["1", "more", "leaf"] == package.run(
        """
derived = models.Derived.from_dict({"id": "1", "extra": "more"})
node = models.Node.from_dict({"children": [{"value": "leaf"}]})
result = [derived.id, derived.extra, node.children[0].value]
"""
    )


def test_an_array_that_contains_itself_reads(package: Package) -> None:
    """Leftover."""
    assert [[], [[]]] == package.run(
        """
trees, calls = resource("trees", {"tree": [[], [[]]]})
result = asyncio.run(trees.get()).tree
"""
    )


def test_nested_objects_of_one_name_are_all_there(package: Package) -> None:
    """Leftover."""
    assert ["1", "2"] == package.run(
        """
outer = models.Outer.from_dict({"inner": {"inner": {"deep": "1"}}, "outerInner": {"shallow": "2"}})
result = [outer.inner.inner.deep, outer.outer_inner.shallow]
"""
    )


@pytest.mark.parametrize(
    ("name", "call", "path", "places"),
    [
        ("dots", "get('1')", "/v1/dots/{}", ["1"]),
        ("colons", "get('1')", "/v1/colons/{}", ["1"]),
        ("doubles", "get_part('1', '2')", "/v1/doubles/{}/parts/{}", ["1", "2"]),
    ],
)
def test_odd_paths_are_filled_by_place(package: Package, name: str, call: str, path: str, places: list[str]) -> None:
    """Leftover: dots, colons, repeated names."""
    assert [path, places] == package.run(
        f"""
import re
things, calls = resource({name!r}, {{}})
asyncio.run(things.{call})
result = [re.sub(r"{{[^}}]*}}", "{{}}", calls.operation.path), list(calls.given["path"])]
"""
    )


def test_a_shared_header_and_body_are_arguments(package: Package) -> None:
    """Path-level and referenced parameters, referenced bodies and answers."""
    assert [{"X-Tenant": "t"}, {"name": "n"}, "1"] == package.run(
        """
shared, calls = resource("shared", {"id": "1"})
answer = asyncio.run(shared.create({"name": "n"}, x_tenant="t"))
result = [dict(calls.given["headers"]), body(calls), answer.id]
"""
    )


def test_models_survive_deepcopy_and_pickle(package: Package) -> None:
    """UNSET stays UNSET."""
    assert [{"name": "desk"}, {"name": "desk"}] == package.run(
        """
lamp = models.UpdateLamp(name="desk")
result = [copy.deepcopy(lamp).to_dict(), pickle.loads(pickle.dumps(lamp)).to_dict()]
"""
    )


def test_a_document_without_any_class_is_a_package(tmp_path: Path) -> None:
    """The first document of somebody's tests is like that."""
    nothing = document(
        {"/v1/things/{id}": {"delete": operation("Delete a thing", responses={"204": {"description": ""}})}}
    )

    assert [] == built(normalised(nothing), tmp_path).run("result = models.__all__")
