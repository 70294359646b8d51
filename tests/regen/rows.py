"""One document with everything that bites a code generator: each resource holds one construct."""

# One construct per line.
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

from small import ANY_SECURITY, Node, answering, document, operation, ref, taking

COLOURS = ["red", "green"]
AWKWARD_FIELDS = [
    "d", "cls", "field_dict", "src_dict", "cast", "additional_properties", "self", "from_dict", "to_dict", "get",
    "list", "dict", "str", "type", "None", "class", "import", "unknown_fields", "Any", "datetime", "2fa", "_id",
    "a-b",
]  # fmt: skip
AWKWARD_PARAMETERS = [
    "body", "headers", "params", "timeout", "extra_headers", "self", "calls", "limit", "client", "url", "type",
    "from", "list", "id", "idempotency_key", "class", "2fa", "model", "datetime", "operation", "UNSET", "entries",
    "result", "response",
]  # fmt: skip


def string(**more: Any) -> Node:
    """A string."""
    return {"type": "string", **more}


def record(**properties: Any) -> Node:
    """An object whose fields are all optional."""
    return {"type": "object", "properties": properties}


def get(tag: str, schema: Node, **more: Any) -> Node:
    """A GET that answers this schema."""
    return {"get": operation(f"Get {tag}", tag, responses=answering(schema), **more)}


def post(tag: str, schema: Node, **more: Any) -> Node:
    """A POST that takes this schema."""
    return {"post": operation(f"Create {tag}", tag, requestBody=taking(schema), **more)}


def listing(tag: str, *parameters: Node, schema: Node | None = None) -> Node:
    """A GET that lists."""
    responses = answering(schema or {"type": "array", "items": ref("Thing")})
    return {"get": operation(f"List {tag}", tag, parameters=list(parameters), responses=responses)}


def query(name: str, schema: Node | None = None, **more: Any) -> Node:
    """A query parameter."""
    return {"name": name, "in": "query", "required": False, "schema": schema or string(), **more}


SCHEMAS: Node = {
    "Thing": record(id=string(), name=string()),
    "Paint": {
        **record(
            colour=string(enum=COLOURS, nullable=True),
            shade=string(enum=[*COLOURS, None], nullable=True),
            finish=string(enum=["matt"]),
        )
    },
    "Parcel": record(
        owner={"type": "object", "nullable": True, "allOf": [ref("Thing")]},
        sender={**ref("Thing"), "nullable": True},
    ),
    "Loose": record(
        tags={"type": "array", "items": string()},
        thing=ref("Thing"),
        table={"type": "object", "additionalProperties": {"type": "integer"}},
        kind=string(enum=COLOURS),
        day=string(format="date"),
        moment=string(format="date-time"),
    ),
    "UpdateLamp": record(
        name=string(),
        isActive={"type": "boolean", "default": True},
        watts={"type": "number", "default": 40},
        colour=string(enum=COLOURS, default="purple"),
        since=string(format="date-time", default="now"),
        count={"type": "integer", "default": "many"},
    ),
    "InvoiceDTO": record(first=string()),
    "InvoiceDto": record(second=string()),
    "invoiceDto": record(third=string()),
    "Order": record(direction=string(enum=["asc", "ASC", "a_b", "a-b", "asc", "", "1st", "-"])),
    "Meter": record(status=string(enum=["on", "off"])),
    "MeterStatus": record(level={"type": "number"}),
    "Cat": {**record(kind=string(enum=["cat"]), lives={"type": "integer"}), "required": ["kind", "lives"]},
    "Dog": {**record(kind=string(enum=["dog"]), name=string()), "required": ["kind", "name"]},
    "Trap": record(**{name: string() for name in AWKWARD_FIELDS}),
    "Legacy": record(anything={"type": "object"}, maybe={"type": "object", "nullable": True}),
    "Broken": {
        "type": "object",
        "properties": {
            "a": string(required=True),
            "b": string(enum=[]),
            "c": {"type": "datetime"},
            "d": {"type": "String"},
        },
    },
    "Base": {**record(id=string()), "required": ["id"]},
    "Derived": {"allOf": [ref("Base"), {**record(extra=string()), "required": ["extra"]}]},
    "Node": record(value=string(), children={"type": "array", "items": ref("Node")}),
    "Tree": {"type": "array", "items": ref("Tree")},
    "PageMeta": record(total={"type": "number"}, page={"type": "number"}),
    "Outer": record(inner=record(inner=record(deep=string())), outerInner=record(shallow=string())),
    "OuterInner": record(taken=string()),
}

SHARED = {"TenantId": {"name": "X-Tenant", "in": "header", "required": True, "schema": string()}}

PATHS: Node = {
    "/v1/paints": get("Paints", ref("Paint")),
    "/v1/parcels": get("Parcels", ref("Parcel")),
    "/v1/loose": get("Loose", ref("Loose")),
    "/v1/lamps/{id}": {
        "patch": operation(
            "Update a lamp",
            "Lamps",
            requestBody=taking(ref("UpdateLamp")),
            parameters=[{"name": "id", "in": "path", "required": True, "schema": string()}],
        )
    },
    "/v1/paged": listing(
        "Paged",
        query("page", {"type": "number", "default": 1, "minimum": 1}),
        query("limit", {"type": "number", "default": 25, "minimum": 1, "maximum": 50}),
        query("years", {"type": "number", "default": 1}),
        schema={
            "allOf": [
                ref("PageMeta"),
                {"type": "object", "properties": {"data": {"type": "array", "items": ref("Thing")}}, "required": ["data"]},
            ]
        },
    ),
    "/v1/twins/a": {"get": operation("Get twin a", "Twins", operationId="Twin_get")},
    "/v1/twins/b": {"get": operation("Get twin b", "Twins", operationId="twin_GET")},
    "/v1/cases/one": get("Cases", ref("InvoiceDTO")),
    "/v1/cases/two": get("Cases", ref("InvoiceDto")),
    "/v1/cases/three": get("Cases", ref("invoiceDto")),
    "/v1/orders": get("Orders", ref("Order")),
    "/v1/clashes/a": get("Clashes", ref("Meter")),
    "/v1/clashes/b": get("Clashes", ref("MeterStatus")),
    "/v1/refusals": {
        "get": operation(
            "Get refusals",
            "Refusals",
            responses={
                **answering(ref("Thing")),
                **answering({"type": "array", "items": string()}, "400", "text/plain"),
                **answering(ref("Thing"), "default", "application/pdf"),
                "520": {"description": ""},
            },
        )
    },
    "/v1/papers/{id}/pdf": {"get": operation("Print a paper", "Papers", responses={"400": {"description": "bad"}})},
    "/v1/searches": listing(
        "Searches",
        query("metadata", {"type": "object", "additionalProperties": string()}, style="deepObject"),
        query("filter", content={"application/json": {"schema": {"type": "object"}}}),
        query("statuses", {"type": "array", "items": string(enum=COLOURS)}, explode=False),
        query("tags", {"type": "array", "items": string()}),
    ),
    "/v1/animals": get(
        "Animals",
        {"oneOf": [ref("Cat"), ref("Dog")], "discriminator": {"propertyName": "kind"}},
    ),
    "/v1/traps": post(
        "Traps",
        ref("Trap"),
        parameters=[
            query(name)
            for name in AWKWARD_PARAMETERS
        ],
    ),
    "/v1/told": listing("Told", query("search", description="Free text.", example="desk", deprecated=True)),
    "/v1/broken": {"get": {"summary": "Get broken", "tags": ["Broken"], "responses": {"200": {"content": {}}}}},
    "/v1/broken/more": get("Broken", ref("Broken")),
    "/v1/legacy": get("Legacy", ref("Legacy")),
    "/v1/derived": get("Derived", ref("Derived")),
    "/v1/nodes": get("Nodes", ref("Node")),
    "/v1/trees": get("Trees", record(tree=ref("Tree"))),
    "/v1/outers": get("Outers", ref("Outer")),
    "/v1/outers/inner": get("Outers", ref("OuterInner")),
    "/v1/dots/{customer.id}": get("Dots", ref("Thing")),
    "/v1/colons/:id": get("Colons", ref("Thing")),
    "/v1/doubles/{id}/parts/{id}": get("Doubles", ref("Thing")),
    "/v1/texts": {"post": operation("Create texts", "Texts", requestBody={"content": {"text/plain": {"schema": string()}}})},
    "/v1/shared": {
        "parameters": [{"$ref": "#/components/parameters/TenantId"}, query("common")],
        "post": operation("Create shared", "Shared", requestBody={"$ref": "#/components/requestBodies/ThingBody"}, responses={"201": {"$ref": "#/components/responses/ThingAnswer"}}),
    },
    "/v1/keys": listing(
        "Keys", {"name": "x-api-key", "in": "header", "schema": string()}, {"name": "Accept", "in": "header", "schema": string()}
    ),
    "/v1/exams/{id}/test_run": {"post": operation("Test an exam", "Exams")},
    "/v2/journal-notes": listing("Journal Notes (v2)"),
}  # fmt: skip


def everything() -> Node:
    """The document."""
    made = document(PATHS, SCHEMAS)
    made["components"] |= {
        "parameters": SHARED,
        "requestBodies": {"ThingBody": taking(ref("Thing"))},
        "responses": {"ThingAnswer": answering(ref("Thing"))["200"]},
    }
    made["security"] = ANY_SECURITY
    return made
