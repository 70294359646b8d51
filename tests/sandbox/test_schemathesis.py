"""Schemathesis asks every operation for anything its schema allows, and for much that it does not."""

from __future__ import annotations

import asyncio
import zlib
from functools import cache
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from raw_schema import DOCUMENT
from schemathesis.checks import positive_data_acceptance, unsupported_method
from starlette.types import Receive, Scope, Send
from stories import STORIES, Walk, bearer

from ledgerbee_sandbox import API_KEY, Sandbox
from ledgerbee_sandbox.demo import SSO_KEY

EXAMPLES = 20
# The API answers 404 to a method it does not know, as its framework does, not 405. And no schema says which ids exist.
NOT_ASKED = [unsupported_method, positive_data_acceptance]
# Where the sandbox keeps what an id in a body or a path means.
SHELVES = {
    "accountId": "accounts",
    "customerId": "customers",
    "customerGroupId": "customer_groups",
    "vendorId": "vendors",
    "vendorGroupId": "vendor_groups",
    "priceId": "prices",
    "productId": "products",
    "productGroupId": "product_groups",
    "planId": "plans",
    "meterId": "meters",
    "paymentMethodId": "payment_methods",
    "subprojectId": "subprojects",
    "journalCategoryId": "journal_categories",
    "vatCodeId": "vat_codes",
    "documentTemplateId": "document_templates",
    **{f"{zone}AccountId": "accounts" for zone in ("domestic", "eu", "abroad", "domesticWithoutVat")},
    "draft-journal-entries": "drafts",
}


def told(node: Any) -> Any:
    """
    The document as far as it says something: what nobody described promises no shape and no body.

    `default` becomes `4XX`, so that a 5xx or an undocumented 2xx is a violation.
    """
    if isinstance(node, list):
        return [told(item) for item in node]
    if not isinstance(node, dict):
        return node
    new = {key: told(value) for key, value in node.items()}
    if new.get("style") == "deepObject":  # In a query every value is text: a number there breaks nothing.
        new["schema"] = {"type": "object"}
    if "default" in new.get("responses", {}):
        responses = {
            status: {"description": answer["description"]} if _is_vague(answer) else answer
            for status, answer in new["responses"].items()
        }
        responses["4XX"] = responses.pop("default")
        if new["summary"] == "LedgerBee Developer MCP Server":
            responses["202"] = {"description": "A notification is accepted without an answer, says JSON-RPC over HTTP."}
        new["responses"] = responses
    return new


def _is_vague(answer: Any) -> bool:
    return any(content["schema"].get("x-undocumented") for content in answer.get("content", {}).values())


class Lived:
    """A sandbox through which every story has gone once, and which can go back to that day."""

    def __init__(self) -> None:
        self.sandbox = Sandbox(invoices=3, strict=True)
        self.token: dict[str, str] = {}
        asyncio.run(self._live())
        self._day = {table.name: list(table) for table in self.sandbox.books.tables}

    async def _live(self) -> None:
        async with self.sandbox.http() as http:
            for story in STORIES:
                await story(Walk(http, {"x-api-key": API_KEY}))
            self.token = await bearer(http)

    def go_back(self) -> None:
        for table in self.sandbox.books.tables:
            for record in list(table):
                table.restore(record["id"], None)
            for record in self._day.get(table.name, []):
                table.restore(record["id"], record)

    def ids(self, name: str, path: str) -> list[str]:
        """The ids that a place might mean: a field called customerId, or the id in /v1/invoices/{id}."""
        place = path.strip("/").split("/")[1] if name == "id" else name
        return [record["id"] for record in self._day.get(SHELVES.get(place, place.replace("-", "_")), [])]


@cache
def lived() -> Lived:
    return Lived()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    await lived().sandbox.app(scope, receive, send)


schema = schemathesis.openapi.from_dict(told(DOCUMENT))
schema.config.update(base_url="http://sandbox.invalid/api")  # A name that resolves nowhere: all of it runs in process.
schema.app = app


def introduced(value: Any, name: str, path: str) -> Any:
    """The value with two out of three made-up ids replaced by ids that exist, always the same ones."""
    if isinstance(value, dict):
        return {key: introduced(item, key, path) for key, item in value.items()}
    if isinstance(value, list):
        return [introduced(item, name, path) for item in value]
    if not isinstance(value, str) or not (known := lived().ids(name, path)):
        return value
    number = zlib.crc32(value.encode("utf-8", "surrogatepass"))
    return value if number % 3 == 0 else known[number // 3 % len(known)]


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_fails_and_nothing_breaks_the_schema(case: schemathesis.Case[Any]) -> None:
    """No 5xx, no status, content type, header or body that the document does not promise; nothing wrong is accepted."""
    lived().go_back()
    credential = {"x-api-key": SSO_KEY if "portal-sso" in case.path else API_KEY}
    if case.path.endswith("/mcp"):
        credential = lived().token
    case.path_parameters = introduced(dict(case.path_parameters or {}), "", case.path)
    if isinstance(case.body, dict):
        case.body = introduced(case.body, "", case.path)
    case.call_and_validate(headers=credential, excluded_checks=NOT_ASKED)
