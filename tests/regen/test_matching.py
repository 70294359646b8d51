"""Operations find their names by title, by memory, or get a derived one."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from regen.naming.lock import Lock, lost_names
from regen.notes import Notes, RefusedError
from regen.report.markdown import report_text
from small import Node, document, endpoint, normalised, operation

NAMES = """
[things]
tag = "Things"
list = { kind = "list", title = "List a customer's things" }
create = "Create a thing — draft"
"""


def two(
    list_title: str = "List a customer's things", create_title: str = "Create a thing — draft", tag: str = "Things"
) -> Node:
    """A document with two operations."""
    return document(
        {
            "/v1/things": {
                "get": operation(list_title, tag, operationId="A"),
                "post": operation(create_title, tag, operationId="B"),
            }
        }
    )


def names_of(raw: Node, lock: Lock | None = None, notes: Notes | None = None) -> list[str]:
    """The names the operations of a document got."""
    return [record.name for record in normalised(raw, NAMES, lock=lock, notes=notes).api.endpoints.values()]


def test_a_title_matches_whatever_its_quotes_dashes_spaces_and_case() -> None:
    """Editors change those."""
    assert ["things.list", "things.create"] == names_of(
        two("LIST  a customer\u2019s things", "Create a thing - draft.")
    )


def test_a_title_matches_in_another_tag() -> None:
    """Tags are moved around more often than titles are reused."""
    notes = Notes()

    assert ["things.list", "things.create"] == names_of(two(tag="Objects"), notes=notes)
    assert any("title in another tag" in line for line in notes.names)


def test_a_reworded_title_is_recognised_by_its_path() -> None:
    """The lock remembers METHOD and path."""
    lock = normalised(two(), NAMES).lock

    assert ["things.list", "things.create"] == names_of(two("All things", "A new thing"), lock)


def test_a_reworded_title_under_another_path_is_recognised_by_its_operation_id() -> None:
    """The last thing that may still be the same."""
    lock = normalised(two(), NAMES).lock
    raw = two("All things", "A new thing")
    raw["paths"] = {"/v7/objects": raw["paths"]["/v1/things"]}

    assert ["things.list", "things.create"] == names_of(raw, lock)


def test_two_operations_that_claim_one_name_are_refused() -> None:
    """Nobody can tell which of them users mean."""
    with pytest.raises(RefusedError) as refused:
        names_of(two(create_title="List a customer's things"))

    assert "Two operations claim one name." == refused.value.lines[0]
    assert "GET /v1/things and POST /v1/things" in refused.value.lines[1]
    assert "names.toml" in refused.value.lines[2]


def test_a_documented_path_does_not_change_hands() -> None:
    """A title says one operation, the path it always had says another: a person has to look."""
    lock = normalised(two(), NAMES).lock
    raw = two("Something else")
    raw["paths"]["/v2/things"] = {"get": operation("List a customer's things")}

    with pytest.raises(RefusedError, match="Two operations claim one name"):
        names_of(raw, lock)


def test_an_inferred_path_may_change_hands() -> None:
    """It was our guess; the title is a fact."""
    raw = two()
    for one in raw["paths"]["/v1/things"].values():
        one["x-path-source"] = "inferred"
    lock = normalised(raw, NAMES).lock
    real = two("Something else")
    real["paths"]["/v2/things"] = {"get": operation("List a customer's things")}

    result = normalised(real, NAMES, lock=lock)

    assert "/v2/things" == endpoint(result, "things.list").path


def test_an_unknown_operation_gets_a_name_and_a_line_in_the_report() -> None:
    """And keeps it, whatever its title becomes."""
    notes = Notes()
    raw = two()
    raw["paths"]["/v1/things/{id}/archive"] = {"post": operation("Put a thing away")}

    first = normalised(raw, NAMES, notes=notes)
    raw["paths"]["/v1/things/{id}/archive"]["post"]["summary"] = "Store a thing"
    again = normalised(raw, NAMES, lock=first.lock)

    assert (
        "things.archive: derived for POST /v1/things/{id}/archive, Put a thing away; not in names.toml" in notes.derived
    )
    assert "/v1/things/{id}/archive" == endpoint(again, "things.archive").path


@pytest.mark.parametrize(
    ("request_line", "tag", "title", "name"),
    [
        ("GET /v1/widgets", "Widgets", "", "widgets.list"),
        ("GET /v1/widgets", "Widgets", "List widgets", "widgets.list"),
        ("GET /v1/company-settings", "Settings", "", "settings.company_settings"),
        ("POST /v1/widgets", "Widgets", "", "widgets.create"),
        ("GET /v1/widgets/{id}", "Widgets", "", "widgets.get"),
        ("PATCH /v1/widgets/{id}", "Widgets", "", "widgets.update"),
        ("DELETE /v1/widgets/{id}", "Widgets", "", "widgets.delete"),
        ("POST /v1/widgets/{id}/activate", "Widgets", "", "widgets.activate"),
        ("GET /v1/widgets/{id}/parts", "Widgets", "List parts", "widgets.parts"),
        ("POST /v1/widgets/{id}/parts", "Widgets", "", "widgets.create_part"),
        ("DELETE /v1/widgets/{id}/parts/{partId}", "Widgets", "", "widgets.delete_part"),
        ("POST /v2/widgets", "Widgets (v2)", "", "widgets.create"),
        ("GET /v1/bank-accounts", "Bank Accounts", "", "bank_accounts.list"),
        ("GET /v1/widgets/{id}/pdf", "Widgets", "", "widgets.pdf"),
        ("POST /v1/widgets/test-run", "Widgets", "", "widgets.check_run"),
        ("POST /v1/widgets/import", "Widgets", "", "widgets.import_"),
        ("GET /v1/gadgets", "", "", "gadgets.list"),
    ],
)
def test_derived_names_are_made_with_taste(request_line: str, tag: str, title: str, name: str) -> None:
    """From METHOD and path, as a person would."""
    method, _, path = request_line.partition(" ")

    result = normalised(document({path: {method.lower(): operation(title, tag)}}))

    assert [name] == [record.name for record in result.api.endpoints.values()]


def test_a_derived_name_never_hides_another() -> None:
    """The second version of an operation says so."""
    raw = document({path: {"post": operation("", "Widgets")} for path in ("/v1/widgets", "/v2/widgets")})

    names = [record.name for record in normalised(raw).api.endpoints.values()]

    assert ["widgets.create", "widgets.create_v2"] == names


def test_a_line_of_the_table_without_operation_is_reported() -> None:
    """It is no crash."""
    notes = Notes()
    raw = two()
    del raw["paths"]["/v1/things"]["post"]

    assert ["things.list"] == names_of(raw, notes=notes)
    assert ["things.create: no operation has the title 'Create a thing \u2014 draft' of 'Things'"] == notes.unmatched


def test_a_line_without_operation_names_the_one_that_reads_like_it() -> None:
    """Reworded and moved at once it is for a person to decide, who need not search."""
    notes = Notes()
    raw = two()
    moved = raw["paths"]["/v1/things"].pop("post")
    raw["paths"]["/v2/all-things"] = {"post": {**moved, "summary": "Create a draft thing"}}
    normalised(raw, NAMES, notes=notes)

    assert notes.unmatched[0].endswith("; perhaps it is POST /v2/all-things, 'Create a draft thing' now")


def test_two_lines_of_the_table_with_one_title_are_refused() -> None:
    """One of them would never match."""
    with pytest.raises(RefusedError, match="claim the same title"):
        normalised(two(), NAMES + 'again = "Create a thing - DRAFT"\n')


LINES = ['test_event = "T"', 'class = "T"', 'x = { title = "T", kind = "page" }', "y = 3"]


@pytest.mark.parametrize("line", [*LINES, 'x = { title = "T", request = "/v1/things" }'])
def test_a_line_of_the_table_that_cannot_be_meant_is_refused(line: str) -> None:
    """With the line's name."""
    with pytest.raises(RefusedError, match=r"things\.\w+"):
        normalised(two(), NAMES + line + "\n")


SECTIONS = [
    "[things]\n",
    "things = 1\n",
    '[Things]\ntag = "T"\n',
    '[things]\ntag = "T"\nget = { titel = "x" }\n',
    '[things]\ntag = "T"\nget = { title = "x", knid = "one" }\n',
]


@pytest.mark.parametrize("text", SECTIONS)
def test_a_section_that_cannot_be_meant_is_refused(text: str) -> None:
    """Resources need a tag, methods a title, and nothing else is known."""
    with pytest.raises(RefusedError, match=r"things|Things"):
        normalised(two(), text)


def test_a_derived_operation_that_is_gone_is_reported() -> None:
    """Its name stays in the lock."""
    raw = two()
    raw["paths"]["/v1/things/{id}/archive"] = {"post": operation("Put a thing away")}
    first = normalised(raw, NAMES)
    notes = Notes()

    again = normalised(two(), NAMES, lock=first.lock, notes=notes)

    assert "things.archive: the operation remembered under this derived name is gone" in notes.unmatched
    assert "things.archive" in again.lock.operations


def beside(raw: Node, path: str, method: str = "get", **more: Any) -> Node:
    """The document with one operation more."""
    raw["paths"].setdefault(path, {})[method] = operation(**more)
    return raw


def test_a_second_operation_of_the_same_title_is_new() -> None:
    """Versions share a summary; the one that stood at the remembered path, or had that id, is the one users mean."""
    lock = normalised(two(), NAMES).lock
    title = "List a customer's things"
    moved = two(title)
    moved["paths"]["/v1/all-things"] = {"get": moved["paths"]["/v1/things"].pop("get")}

    by_path = normalised(beside(two(title), "/v2/things", title=title), NAMES, lock=lock)
    by_id = normalised(beside(moved, "/v2/things", title=title), NAMES, lock=lock)

    assert "/v1/things" == endpoint(by_path, "things.list").path
    assert "/v2/things" == endpoint(by_path, "things.list_v2").path
    assert "/v1/all-things" == endpoint(by_id, "things.list").path


def test_a_tag_that_is_renamed_beside_one_with_the_same_titles_loses_nothing() -> None:
    """The old tag's operations are still at their paths."""
    lock = normalised(two(), NAMES).lock
    raw = beside(two(tag="Objects"), "/v1/portal/things", title="List a customer's things", tag="Portal")

    assert {"things.list", "things.create", "portal.things"} == set(names_of(raw, lock))


def test_the_table_tells_operations_of_one_title_apart_by_their_requests() -> None:
    """Whatever the places of the path are called."""
    names = """
[things]
tag = "Things"
get = { title = "Get", request = "GET /v1/things/{id}" }
get_v2 = { title = "Get", request = "GET /v2/things/{id}" }
"""
    paths = {f"/v{n}/things/{{thingId}}": {"get": operation("Get")} for n in (2, 1)}

    result = normalised(document(paths), names)

    assert "/v1/things/{thingId}" == endpoint(result, "things.get").path
    assert "/v2/things/{thingId}" == endpoint(result, "things.get_v2").path


def test_a_better_name_in_the_table_takes_the_place_of_a_derived_one() -> None:
    """Also the second time, and the derived name is given to nothing else."""
    raw = beside(two(), "/v1/things/{id}/archive", "post", title="Put a thing away")
    names = NAMES + 'put_away = "Put a thing away"\n'
    notes = Notes()

    first = normalised(raw, NAMES)
    second = normalised(raw, names, lock=first.lock, notes=notes)
    other = beside(copy.deepcopy(raw), "/v2/things/{id}/archive", "post", title="Archive")
    third = normalised(other, names, lock=second.lock)

    assert "things.archive" in first.api.endpoints
    assert [] == notes.unmatched
    assert {"things.list", "things.create", "things.put_away"} == set(second.api.endpoints)
    assert "/v2/things/{id}/archive" == endpoint(third, "things.archive_v2").path
    assert [] == lost_names(first.lock, third.lock)


def test_a_title_that_is_mended_in_the_table_takes_its_operation_back() -> None:
    """It was reworded and moved at once, and so was derived for a while."""
    first = normalised(two(), NAMES)
    raw = two()
    moved = {**raw["paths"]["/v1/things"].pop("post"), "summary": "Create a draft thing", "operationId": "C"}
    raw["paths"]["/v2/all-things"] = {"post": moved}
    second = normalised(raw, NAMES, lock=first.lock)

    third = normalised(raw, NAMES.replace("Create a thing — draft", "Create a draft thing"), lock=second.lock)

    assert "things.create" not in second.api.endpoints
    assert {"things.list", "things.create"} == set(third.api.endpoints)


def test_the_lines_that_the_report_proposes_can_be_used_as_they_are() -> None:
    """Without titles and with one title twice."""
    raw = document({f"/v{n}/a/{{id}}": {"get": operation(title, "A")} for n, title in enumerate(["", "", "S", "S"], 1)})
    notes = Notes()
    first = normalised(raw, notes=notes)
    table = report_text([], notes, first.api, first=True, files=[]).partition("```toml\n")[2].partition("```")[0]

    again = normalised(raw, table)

    assert 4 == table.count("request = ")
    assert set(first.api.endpoints) == set(again.api.endpoints)


def test_a_derived_method_never_takes_the_name_of_the_method_for_many() -> None:
    """`create_many()` stands beside `create_batch()`."""
    names = '[things]\ntag = "Things"\ncreate_batch = { kind = "batch", many = "create_many", title = "Book things" }\n'

    result = normalised(document({"/v1/things/create-many": {"post": operation("Other")}}), names)

    assert ["things.create_many_by_path"] == list(result.api.endpoints)


def test_a_derived_resource_never_hides_what_the_client_has() -> None:
    """`bee.capture()` stays."""
    result = normalised(document({"/v1/captures": {"get": operation("", "Capture")}}))

    assert ["capture_"] == list(result.api.resources)


@pytest.mark.parametrize("path", ["/", "/v1"])
def test_a_list_at_the_top_has_a_name(path: str) -> None:
    """There is no word in its path to take one from."""
    assert ["things.list"] == list(normalised(document({path: {"get": operation("List everything")}})).lock.operations)


def test_a_derived_name_is_no_key_of_the_table() -> None:
    """Neither `tag` of a resource, nor the tables [models] and [arguments]; the proposed lines can be pasted."""
    raw = document(
        {
            "/v1/widgets/tag": {"get": operation("Get it", "Widgets")},
            "/v1/models": {"get": operation("List models", "Models")},
        }
    )
    notes = Notes()
    first = normalised(raw, notes=notes)
    table = report_text([], notes, first.api, first=True, files=[]).partition("```toml\n")[2].partition("```")[0]

    assert (
        ["models_.list", "widgets.tag_"] == list(first.lock.operations) == list(normalised(raw, table).lock.operations)
    )


@pytest.mark.parametrize("many", ['"class"', '"create_batch"', "7", '"tag"'])
def test_a_method_for_many_has_a_name_of_its_own(many: str) -> None:
    """It would be no Python, or hide another."""
    names = f'[things]\ntag = "Things"\ncreate_batch = {{ kind = "batch", many = {many}, title = "Book things" }}\n'

    with pytest.raises(RefusedError, match="many is the name of a second method"):
        normalised(document({"/v1/things": {"get": operation()}}), names)
