"""Every operation, called the way a user would: each story starts from the demo company and goes through a tag."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import httpx
from raw_schema import OPERATIONS, answer_schema, is_undocumented, misfits

from ledgerbee_sandbox import Sandbox
from ledgerbee_sandbox.demo import CLIENT_ID, CLIENT_SECRET, SSO_KEY

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(16)).decode()
DAY = "2026-06-01"


class Walk:
    """Calls operations by their published title, and holds each answer against the schema."""

    def __init__(self, http: httpx.AsyncClient, credential: dict[str, str]) -> None:
        self._http = http
        self.credential = credential
        self.answered: list[str] = []

    async def __call__(
        self, title: str, *path: str, body: Any = None, status: int | None = None, **query: str | int
    ) -> Any:
        """The answer of an operation: JSON, the bytes of a file, or None. Its status and shape are those promised."""
        operation = OPERATIONS[title]
        response = await self._http.request(
            operation["method"],
            "/api" + fill(operation["path"], path),
            params=query,
            json=body,
            headers={**self.credential, "x-api-idempotency-key": "one"},
        )
        promised = [int(code) for code in operation["responses"] if code.startswith("2")]
        assert response.status_code in ([status] if status else promised), (title, response.status_code, response.text)
        self.answered.append(title)
        schema = answer_schema(operation, response.status_code)
        if not response.content:
            assert is_undocumented(schema), f"{title}: no body"
            return None
        kinds = list(operation["responses"][str(response.status_code)]["content"])
        assert response.headers["content-type"].partition(";")[0] in kinds, title
        if schema is None:
            return response.content
        assert [] == misfits(schema, response.json()), title
        return response.json()


def fill(template: str, values: tuple[str, ...]) -> str:
    """The path with its placeholders filled in order."""
    parts, rest = [], list(values)
    for part in template.split("/"):
        parts.append(quote(rest.pop(0), safe="") if part.startswith("{") else part)
    assert not rest, f"{template} has fewer places than {values}"
    return "/".join(parts)


async def company(call: Walk) -> None:
    assert "Demo Bees ApS" == (await call("Get company details"))["name"]
    assert await call("List accounts")
    assert await call("List VAT codes")
    assert await call("List journal categories")
    assert await call("Get current API key")
    assert 8 == (await call("List document templates"))["total"]


async def customers(call: Walk) -> None:
    assert 8 == len(await call("List customers"))
    made = await call("Create a customer", body={"customerNumber": "N1", "name": "New", "email": "new@example.com"})
    await call("Update a customer", made["id"], body={"city": "Odense"})
    assert "Odense" == (await call("Get a single customer", made["id"]))["city"]
    assert 1 == len(await call("List a customer's contacts", made["id"]))
    assert [] == await call("List a customer's departments", made["id"])
    assert 1 == len(await call("List customer groups"))


async def vendors(call: Walk) -> None:
    (group,) = await call("List vendor groups")
    contacts = [{"name": "Ann", "email": "ann@example.com"}]
    fields = {"vendorNumber": "V9", "name": "Nine", "vendorGroupId": group["id"], "currency": "DKK"}
    made = await call("Create a vendor", body={**fields, "countryCode": "DK", "contacts": contacts})
    assert "V9" in [vendor["vendorNumber"] for vendor in await call("List vendors")]
    assert "Ann" == (await call("List vendor contacts", made["id"]))[0]["name"]
    assert [] == await call("List vendor departments", made["id"])


async def dimensions(call: Walk) -> None:
    made = await call("Create a new dimension category", body={"name": "Region", "isUnique": True})
    value = await call("Create a new dimension value", made["id"], body={"name": "North"})
    await call("Update a dimension value", made["id"], value["id"], body={"name": "South"})
    assert "South" == (await call("Get a single dimension by ID", made["id"]))["values"][0]["name"]
    await call("Update a dimension category", made["id"], body={"name": "Area"})
    assert "Area" in [dimension["name"] for dimension in await call("List all dimensions")]
    await call("Delete a dimension value", made["id"], value["id"])
    await call("Delete a dimension category", made["id"])


async def products(call: Walk) -> None:
    (group,) = (await call("List product groups"))["data"]
    names = ("domesticAccountId", "euAccountId", "abroadAccountId", "domesticWithoutVatAccountId")
    accounts = {name: group[name] for name in names}
    made = await call("Create a product group", body={"number": "G9", "name": "Nine", **accounts})
    await call("Update a product group", made["id"], body={"name": "Niner"})
    assert "Niner" == (await call("Get a product group", made["id"]))["name"]
    fields = {"productNumber": "P9", "name": "Nine", "unit": "piece", "productGroupId": group["id"]}
    product = await call("Create a product", body=fields)
    await call("Update a product", product["id"], body={"name": "Niner"})
    price = {"productId": product["id"], "billingPeriodType": "one_time", "pricingModel": "flat_rate"}
    price = await call("Create a product price", body={**price, "unitAmount": "12.50"})
    await call("Update a product price", price["id"], body={"nickname": "Once"})
    await call("Activate a product price", price["id"])
    await call("Set a price as the product default", price["id"])
    assert (await call("Get a product price", price["id"]))["isDefault"]
    assert 1 == len((await call("Get a product", product["id"]))["prices"])
    assert 5 == (await call("List products"))["total"]
    await call("Disable a product price", price["id"])
    await call("Archive a product price", price["id"])
    await call("Delete a product price", price["id"])
    await call("Delete a product", product["id"])
    await call("Delete a product group", made["id"])


async def projects(call: Walk) -> None:
    await call("Idempotent project upsert", body={"externalReference": "X1"}, status=201)
    made = await call("Idempotent project upsert", body={"externalReference": "X1", "name": "Roof"}, status=200)
    assert "Roof" == (await call("Get a project", made["id"]))["name"]
    await call("Create a project", body={"name": "Floor"})
    await call("Update a project", made["id"], body={"name": "Roofs"})
    assert 2 == len(await call("List all projects"))
    part = await call("Add a subproject", made["id"], body={"name": "Tiles"})
    await call("Update a subproject", made["id"], part["id"], body={"name": "Slates"})
    await call("Delete a subproject", made["id"], part["id"])
    await call("Get project profit", made["id"])


async def line(call: Walk) -> dict[str, Any]:
    """A line that sells something: the first one of the first invoice."""
    invoice = (await call("List invoices", limit=1))["data"][0]
    lines = (await call("Get an invoice by ID", invoice["id"]))["lines"]
    return {"priceId": lines[0]["priceId"], "quantity": 2}


async def invoices(call: Walk) -> None:
    buyer = (await call("List customers"))[0]["id"]
    made = await call("Create a draft invoice", body={"customerId": buyer, "date": DAY, "lines": [await line(call)]})
    await call("Send an invoice to the customer", made["id"], body={"deliveryType": "Email"})
    assert "sent" == (await call("Get an invoice by ID", made["id"]))["status"]
    assert 1 == (await call("Get the delivery status of an invoice", made["id"]))["summary"]["sendCount"]
    assert (await call("Download the invoice PDF", made["id"])).startswith(b"%PDF-")


async def credit_notes(call: Walk) -> None:
    buyer = (await call("List customers"))[0]["id"]
    made = await call("Create a credit note", body={"customerId": buyer, "lines": [await line(call)]})
    assert made["amount"].startswith("-")
    await call("Send a credit note to the customer", made["id"], body={"deliveryType": "Manual"})
    assert "sent" == (await call("Get a credit note by ID", made["id"]))["status"]
    assert 1 == (await call("List credit notes"))["total"]
    await call("Get the delivery status of a credit note", made["id"])
    assert (await call("Download the credit note PDF", made["id"])).startswith(b"%PDF-")


async def quotes(call: Walk) -> None:
    buyer = (await call("List customers"))[0]["id"]
    fields = {"customerId": buyer, "date": DAY, "lines": [await line(call)]}
    quote_id = (await call("Create a draft quote", body=fields))["id"]
    await call("Update a draft quote", quote_id, body={**fields, "reference": "R"})
    await call("Send a quote", quote_id, body={})
    assert "sent" == (await call("Get a quote by id", quote_id))["status"]
    order = await call("Convert a quote", quote_id, body={"target": "orderConfirmation"})
    await call("Download a quote as PDF", quote_id)
    assert "converted" == (await call("List quotes"))["data"][0]["displayStatus"]
    await call("Create a draft order confirmation", body=fields)
    await call("Update a draft order confirmation", order["id"], body=fields)
    await call("Send an order confirmation", order["id"], body={"deliveryType": "Manual"})
    assert "sent" == (await call("Get an order confirmation by id", order["id"]))["status"]
    await call("Download an order confirmation as PDF", order["id"])
    await call("Convert an order confirmation into an invoice", order["id"], body={"target": "invoice"})
    assert 2 == (await call("List order confirmations"))["total"]


async def entry(call: Walk, amount: float = 12.34) -> dict[str, Any]:
    """A balanced entry: office supplies paid by the bank."""
    ids = {account["accountNumber"]: account["id"] for account in await call("List accounts")}
    sides = (("debit", 2010), ("credit", 5820))
    lines = [{"accountId": ids[number], "type": side, "amount": amount} for side, number in sides]
    return {"entryType": "journal", "date": DAY, "originalAmount": amount, "lines": lines}


async def journal_entries(call: Walk) -> None:
    body = await entry(call)
    files = [{"filename": "a.png", "content": PNG, "mimeType": "image/png"}]
    made = await call("Create a journal entry (v2)", body={**body, "attachments": files})
    batch = await call("Create journal entries in batch (v2)", body={"entries": [body, body]})
    assert 2 == batch["totalCreated"]
    await call("Create a single journal entry (DEPRECATED — use POST /api/v2/journal-entries)", body=body)
    await call("Create multiple journal entries in batch (DEPRECATED — migrate to v2)", body={"entries": [body]})
    await call(
        "Update a journal entry — correct the reference and/or set your external system id",
        made["id"],
        body={"reference": "R"},
    )
    assert 2 == len((await call("Get a single journal entry", made["id"]))["lines"])
    assert 1 == len(await call("Get attachments for a journal entry", made["id"]))
    await call("Reverse a posted journal entry", made["id"])
    await call("Reverse posted journal entries in batch", body={"ids": [one["id"] for one in batch["entries"]]})
    assert (await call("List journal entries"))["total"]


async def drafts(call: Walk) -> None:
    body = await entry(call)
    await call("Create multiple draft journal entries in batch", body={"entries": [body, body]})
    await call("Create draft journal entries in batch (v2)", body={"entries": [body, {}]})
    for suffix in ("", " (v2)"):
        made = await call(f"Create a draft journal entry{suffix}", body=body)
        await call(f"Get a single draft journal entry{suffix}", made["id"])
        if suffix:
            await call("Update a draft journal entry (v2)", made["id"], body={"reference": "R"})
        await call(f"Book a draft journal entry{suffix}", made["id"])
        rows = (await call(f"List draft journal entries{suffix}"))["data"]
        await call(f"Delete a draft journal entry{suffix}", rows[0]["id"])


async def subscriptions(call: Walk) -> None:
    buyer = (await call("List customers"))[0]["id"]
    plans = await call("List subscription plans")
    fields = {"customerId": buyer, "planId": plans[2]["id"], "startDate": "2026-01-01T00:00:00.000Z"}
    made = await call("Assign a subscription to a customer", body=fields)
    await call("Update a customer subscription", made["id"], body={"name": "Own name"})
    assert "active" == (await call("Get a customer subscription by its stable id", made["id"]))["status"]
    assert 1 == (await call("List customer subscriptions"))["total"]
    await call("Cancel a customer subscription", body={"id": made["id"], "strategy": "end_of_cycle"})
    (change,) = await call("List a subscription’s pending scheduled changes", made["id"])  # noqa: RUF001  The published title.
    await call("Cancel a single pending scheduled change", made["id"], change["id"])
    await call("Archive a subscription plan", plans[0]["id"])


async def meters(call: Walk) -> None:
    buyer = (await call("List customers"))[0]["id"]
    rows = await call("List meter subscriptions by name", meterName="api-calls")
    await call("List meter subscriptions by ID", rows["meterId"])
    report = {"customerId": buyer, "meterName": "api-calls", "value": 3}
    assert "queued" == (await call("Report usage", body=report, status=202))["status"]
    assert "duplicate" == (await call("Report usage", body=report, status=200))["status"]


async def portal_plans(call: Walk) -> None:
    plans = (await call("List the full plan catalogue", language="da"))["plans"]
    await call("Get one plan by id", plans[0]["plan"]["id"])
    await call("Resolve the gated pricing catalogue for an identified buyer (partner display)", body={})


async def payment_methods(call: Walk) -> None:
    one, two = [customer["id"] for customer in (await call("List customers"))[:2]]
    (card,) = await call("List saved payment methods for a customer", one)
    await call("Set a saved payment method as the customer default", one, body={"paymentMethodId": card["id"]})
    await call("Apply a payment method to all active subscriptions for a customer", one, card["id"], body={})
    await call("Generate a link for the customer to save a card for future payments", one)
    await call("Cancel a saved card on the payment provider", one, card["id"])
    (card,) = await call("List saved payment methods for a customer", two)
    await call("Unassign a payment method from a customer", two, card["id"])


async def webhook_endpoints(call: Walk) -> None:
    made = await call("Create a webhook endpoint", body={"url": "https://hooks.example.com/ledgerbee"})
    assert made["secret"].startswith("whsec_")
    await call("Update a webhook endpoint", made["id"], body={"url": "https://hooks.example.com/other"})
    assert "secret" not in await call("Retrieve a webhook endpoint", made["id"])
    assert 1 == len(await call("List webhook endpoints"))
    await call("Roll the signing secret", made["id"])
    await call("Send a test event", made["id"])
    await call("Delete a webhook endpoint", made["id"])


async def portal_sso(call: Walk) -> None:
    buyer = (await call("List customers"))[0]["id"]
    call.credential = {"x-api-key": SSO_KEY}
    person = {"email": "ann@example.com", "sub": "ann"}
    memberships = [{"customerId": buyer, "role": "USER"}]
    await call("Mint a customer-portal SSO handoff reference", body={**person, "memberships": memberships})
    made = await call(
        "Provision a customer + grant portal access (partner JIT provisioning)",
        body={**person, "customerId": buyer, "mintHandoff": True},
    )
    assert made["handoffRef"]
    await call("Revoke (force-refresh) a user's customer-portal sessions", body={"sub": "ann"})
    keys = await call("Published RP signing keys (JWKS) for a tenant's private_key_jwt SSO", "demo")
    assert 1 == len(keys["keys"])


async def mcp(call: Walk) -> None:
    call.credential = await bearer(call._http)
    answer = await call("LedgerBee Developer MCP Server", body={"jsonrpc": "2.0", "id": 1, "method": "ping"})
    assert 1 == answer["id"]


async def bearer(http: httpx.AsyncClient) -> dict[str, str]:
    """The header of an OAuth client."""
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    answer = (await http.post("/api/v1/auth/token", data=form)).json()
    return {"authorization": f"Bearer {answer['access_token']}"}


STORIES: list[Callable[[Walk], Awaitable[None]]] = [
    company,
    customers,
    vendors,
    dimensions,
    products,
    projects,
    invoices,
    credit_notes,
    quotes,
    journal_entries,
    drafts,
    subscriptions,
    meters,
    portal_plans,
    payment_methods,
    webhook_endpoints,
    portal_sso,
    mcp,
]


async def walk(story: Callable[[Walk], Awaitable[None]]) -> list[str]:
    """Walk one story through a sandbox of its own, without a socket; return the titles that were answered."""
    async with Sandbox(invoices=3, strict=True) as sandbox, sandbox.http() as http:
        call = Walk(http, {"x-api-key": sandbox.api_key})
        await story(call)
        return call.answered
