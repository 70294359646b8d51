"""What documents of others get wrong of a whole API: credentials, servers, pages from 0, lists that are none."""

from __future__ import annotations

from typing import Any

import pytest
from regen.notes import Notes, RefusedError
from regen.report.changes import compare
from regen.report.surface import surface_of
from small import ANY_SECURITY, Node, answering, document, endpoint, normalised, operation, query, ref, taking, thing

STRING: Node = {"type": "string"}
LIST: Node = {"type": "array", "items": ref("Thing")}


def things(security: Any = ANY_SECURITY, **more: Any) -> Node:
    """One list, with the credentials that it takes; None for none that are said."""
    get = operation(responses=answering(LIST))
    get.pop("security")
    other = operation("Get a thing", responses=answering(ref("Thing")))
    get |= {"security": security} if security is not None else {}
    return document({"/v1/things": {"get": get}, "/v1/thing": {"get": other}}, thing(id=STRING), **more)


BY_HAND = """
overlay: 1.0.0
actions:
  - target: $.operations['things.list'].security
    remove: true
  - target: $.operations['things.list']
    update: {security: [{key: []}]}
"""


@pytest.mark.parametrize(
    ("security", "overlay", "word"),
    [
        ([{"ApiKeyAuth": []}], "", "any"),
        ([{"OAuth2": ["read"]}], "", "any"),
        (None, "", "any"),
        ([], "", "none"),
        ([{"OAuth2": []}], BY_HAND, "key"),
    ],
    ids=["key only", "bearer only", "nothing said", "none by hand in the document", "by hand"],
)
def test_a_document_that_says_less_of_credentials_locks_nobody_out(security: Any, overlay: str, word: str) -> None:
    """Both ways stay, until the overlay says otherwise; the report says so."""
    before = normalised(things())
    notes = Notes()
    after = normalised(things(security), overlay=overlay, lock=before.lock, notes=notes, surface=surface_of(before.api))

    assert word == endpoint(after, "things.list").security
    assert (word == "any") == any("until the overlay says so" in line for line in notes.repairs)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://api.ledgerbee.com/api/v1", "/v1/accounts"),
        ("/api/v1/", "/v1/accounts"),
        ("https://api.ledgerbee.com/{base}", "/v1/accounts"),
        ("https://api.ledgerbee.com/api", "/accounts"),
        ("https://api.ledgerbee.com", "/accounts"),
    ],
)
def test_a_version_in_the_servers_url_belongs_to_the_paths(url: str, path: str) -> None:
    """Calls would go to `/api/accounts` otherwise. A path that has it already has it once."""
    server = {"url": url, "variables": {"base": {"default": "api/v1"}}}
    paths = {"/accounts": {"get": operation("List accounts", "Accounts")}, "/v1/vat": {"get": operation("Get", "VAT")}}
    raw = document(paths, servers=[server])

    assert [path, "/v1/vat"] == [one.path for one in normalised(raw).api.endpoints.values()]


def test_a_server_with_another_path_is_refused() -> None:
    """The base URL of this client is its own."""
    with pytest.raises(RefusedError, match=r"Set base_path in generator-config\.yaml"):
        normalised(document({"/v1/things": {"get": operation()}}, servers=[{"url": "https://x.example/public"}]))


@pytest.mark.parametrize(
    ("page", "first"),
    [({"default": 0}, 0), ({"minimum": 0}, 0), ({"minimum": 0, "default": 1}, 1), ({"minimum": 1}, 1), ({}, 1)],
)
def test_pages_are_counted_from_where_the_document_counts(page: Node, first: int) -> None:
    """By the default, or else by the least number."""
    parameters = [query("page", {"type": "number", **page}), query("limit", {"type": "number"})]
    raw = document({"/v1/things": {"get": operation(parameters=parameters)}})

    assert first == endpoint(normalised(raw), "things.list").first_page


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        (ref("Thing"), "one"),
        ({"type": "object", "properties": {"things": LIST, "name": STRING}}, "list"),
        ({"type": "object", "properties": {"data": {"type": "object", "properties": {"items": LIST}}}}, "list"),
        (LIST, "list"),
    ],
)
def test_what_is_called_a_list_and_described_as_none_is_one(schema: Node, kind: str) -> None:
    """Reading it page by page would fail."""
    raw = document({"/v1/things": {"get": operation("List things", responses=answering(schema))}}, thing(id=STRING))

    assert kind == endpoint(normalised(raw), "things.list").kind


def test_what_users_cannot_notice_is_not_called_breaking() -> None:
    """A published class for an enum, its default beside it, patterns and lengths, numbers in a path."""
    enum: Node = {"type": "string", "enum": ["ASC", "DESC"]}
    sort: Node = {"allOf": [ref("Sort")], "default": "DESC"}

    def raw(sorting: Node, name: Node, place: Node) -> Node:
        parameters = [query("sort", sorting), {"name": "id", "in": "path", "schema": place}]
        post = operation("Create a thing", parameters=parameters, requestBody=taking(ref("Thing")))
        return document({"/v1/things/{id}": {"post": post}}, {**thing(name=name, sort=sorting), "Sort": enum})

    before = normalised(raw({**enum, "default": "DESC"}, STRING, STRING))
    after = normalised(
        raw(sort, {**STRING, "pattern": "^a", "minLength": 1, "maxLength": 9}, {"type": "number"}),
        lock=before.lock,
        surface=surface_of(before.api),
    )
    changes = compare(surface_of(before.api), surface_of(after.api))

    assert [] == [change.text for change in changes if change.breaking]
    assert not any("default" in change.text for change in changes)
