"""docs/resources: what the pages say of the generated code, whatever the document says."""

from __future__ import annotations

from regen.codegen.generate import generate
from regen.report.pages import resource_pages
from rows import query, record, string
from small import ANY_SECURITY, Node, answering, document, normalised, operation, ref, taking

HOSTILE = "A name |with| [a link](https://evil.example) <script>x</script>\n# and a heading"


def pages_of(raw: Node) -> dict[str, str]:
    """The pages of a document."""
    api = normalised(raw).api
    return resource_pages(api, generate(api))


def test_a_page_shows_an_example_of_each_call() -> None:
    """What has to be given, with the schema's own values, and as code whatever they are."""
    line = record(price=string(example="p-1"), quantity={"type": "number"})
    paint = record(
        name=string(example="Red"), lines={"type": "array", "items": ref("Line")}, kind=string(enum=["a```b"])
    )
    paint["required"] = ["name", "lines", "kind"]
    paths: Node = {
        "/v1/paints": {"post": operation("Create a paint", "Paints", requestBody=taking(ref("Paint")))},
        "/v1/paints/{id}": {
            "delete": operation(
                "Delete a paint",
                "Paints",
                parameters=[{"name": "id", "in": "path", "required": True, "schema": string()}],
            )
        },
    }

    page = pages_of(document(paths, {"Paint": paint, "Line": line}))["paints.md"]

    assert (
        """```py
await bee.paints.create(
    Paint(
        name="Red",
        lines=[Line(price="p-1", quantity=Decimal("1"))],
        kind="a```b",
    ),
)
```"""
        in page
    )
    assert "```py\nawait bee.paints.delete(paint_id)\n```" in page


def test_a_page_shows_signatures_arguments_and_models() -> None:
    """A reader sees what an editor would show, the models included; values of enums, too."""
    paint = record(colour=string(enum=["red", "green"], description="Its colour."), thing=ref("Thing"))
    paths: Node = {
        "/v1/paints": {
            "get": operation(
                "List paints",
                "Paints",
                parameters=[query("colour", description="Only these.")],
                responses=answering({"type": "array", "items": ref("Paint")}),
            ),
            "post": operation("Create a paint", "Paints", requestBody=taking(ref("Paint")), deprecated=True),
        }
    }
    pages = pages_of(document(paths, {"Paint": paint, "Thing": record(name=string())}))

    page = pages["paints.md"]
    assert "bee.paints.list(*, colour: str | None = None) -> Pages[Paint]" in page
    assert "- `colour`: Only these." in page
    assert "await bee.paints.create(" in page
    assert "`POST /v1/paints`; scopes not documented; never resent once it may have arrived" in page
    assert "**Deprecated**" in page
    assert "- `colour: PaintColour | str`, optional: Its colour." in page
    assert "`'red'`, `'green'`" in page
    assert "### `Thing`" in page
    assert "timeout: float" not in page
    assert "| [`bee.paints`](paints.md) | Paints. |" in pages["README.md"]


def test_nothing_in_a_document_becomes_markup() -> None:
    """Links, tags and headings of the document are shown as text."""
    listed = operation(
        "List things", description=HOSTILE, parameters=[query("name", description=HOSTILE)], security=ANY_SECURITY
    )
    pages = pages_of(document({"/v1/things": {"get": listed}}, tags=[{"name": "Things", "description": HOSTILE}]))

    for page in pages.values():
        assert "[a link](" not in page
        assert "<script>" not in page
        assert "\n# and" not in page
        assert "A name |" not in page
