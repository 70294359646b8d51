"""What invoices, credit notes, quotes and order confirmations share: lines, totals, sending, the look of answers."""

from __future__ import annotations

from decimal import Decimal

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.books.money import LIMIT, cents, decimal, text
from ledgerbee_sandbox.rules.accounting.company import company_currency
from ledgerbee_sandbox.rules.call import Call, File, broken, found, invalid
from ledgerbee_sandbox.rules.catalogue.prices import amount_of, use
from ledgerbee_sandbox.rules.registry import Rule

PLAIN_LINES = ("text", "separator")
# What an open body must not smuggle in.
_OWN = {"convertedTo", "convertedToInvoiceId", "creditedBy", "paid"}
_COMPUTED = ("totalPrice", "vatRate", "vatAmount")
HIDDEN = frozenset({"sends", "description"})
_MONEY = ("unitPrice", "totalPrice", "vatAmount", "vatRate")


def priced_lines(
    call: Call, lines: list[Record], customer: Record, *, sign: int = 1, need_product: bool = True
) -> list[Record]:
    """
    Price the lines: quantity times unit price, VAT by the product and the customer's VAT zone.

    Raises:
        Refusal: a computed field was sent, a price or quantity is missing or unknown, or no line sells anything.
    """
    priced = [_priced(call, line, f"lines.{number}", customer, sign) for number, line in enumerate(lines)]
    if need_product and not any("priceId" in line for line in priced):
        raise broken("At least one product line is required")
    if sum(abs(line["totalPrice"]) + abs(line["vatAmount"]) for line in priced if "totalPrice" in line) >= LIMIT:
        raise broken("The lines amount to more than can be reckoned with to the cent")
    return priced


def _priced(call: Call, line: Record, place: str, customer: Record, sign: int) -> Record:
    for name in _COMPUTED:
        if name in line:
            raise invalid(f"{place}.{name}", "whitelistValidation", f"property {name} should not exist")
    given = {name: value for name, value in line.items() if value is not None}
    if given.get("lineType") in PLAIN_LINES:
        for name in {"priceId", "quantity"} & given.keys():
            raise invalid(f"{place}.{name}", "isEmpty", f"{name} must be left out of {given['lineType']} lines")
        return {**given, "id": call.books.new_id()}
    if "priceId" not in given:
        raise invalid(f"{place}.priceId", "isNotEmpty", "priceId should not be empty")
    quantity = decimal(given.get("quantity"))
    if quantity is None:
        raise invalid(f"{place}.quantity", "isNumber", "quantity must be a number")
    price = found(call.books["prices"].get(given["priceId"]), "Price")
    unit = decimal(given["unitPrice"]) if "unitPrice" in given else amount_of(price)
    if unit is None:
        raise invalid(f"{place}.unitPrice", "isDecimal", "unitPrice must be a decimal string")
    rate = decimal(price["vatRatesByZone"].get(customer["vatZone"])) or Decimal(0)
    total = cents(quantity * unit * sign)
    product = call.books["products"].get(price["productId"]) or {}
    use(call.books, price["id"])
    return {
        "lineType": "product",
        "description": product.get("name", ""),
        **given,
        "id": call.books.new_id(),
        "quantity": quantity,
        "unitPrice": unit * sign,
        "totalPrice": total,
        "vatRate": rate,
        "vatAmount": cents(total * rate / 100),
    }


def totals(lines: list[Record]) -> dict[str, Decimal]:
    subtotal = sum((line["totalPrice"] for line in lines if "totalPrice" in line), Decimal(0))
    vat = sum((line["vatAmount"] for line in lines if "vatAmount" in line), Decimal(0))
    return {"subtotal": subtotal, "vat": vat, "amount": subtotal + vat}


def new_document(call: Call, fields: Record, lines: list[Record]) -> Record:
    """The fields every document has."""
    stamp = call.books.stamp()
    return {
        **{name: value for name, value in fields.items() if name not in _OWN},
        "id": call.books.new_id(),
        "status": "draft",
        "currency": fields.get("currency") or company_currency(call),
        "lines": lines,
        **totals(lines),
        "createdAt": stamp,
        "updatedAt": stamp,
        "sends": [],
    }


def shown(document: Record, hidden: frozenset[str] = HIDDEN) -> Record:
    """The document as the API writes it: amounts as decimal strings, nothing that only the rules need."""
    answer = {name: value for name, value in document.items() if name not in hidden}
    answer["lines"] = [
        {name: text(value) if name in _MONEY and isinstance(value, Decimal) else value for name, value in line.items()}
        for line in document["lines"]
    ]
    return answer | _totals_shown(document)


def row(document: Record, hidden: frozenset[str] = HIDDEN) -> Record:
    """The document in a list: without lines, and without what is null, since the schema of the rows knows no null."""
    unseen = hidden | {"lines"}
    answer = {name: value for name, value in document.items() if value is not None and name not in unseen}
    return answer | _totals_shown(document)


def _totals_shown(document: Record) -> Record:
    return {name: text(document[name]) for name in ("subtotal", "vat", "amount")}


def recipient(call: Call, document: Record, fields: Record, email: str) -> str | None:
    """The address asked for, else the contact of the document, else the customer's."""
    customer = call.books["customers"].get(document["customerId"]) or {}
    contact = call.books["contacts"].get(document.get("customerContactId")) or {}
    address = fields.get(email) or contact.get("email") or customer.get("email")
    return str(address) if address else None


def sent(call: Call, document: Record, channel: str, *, email: str | None = None, ean: str | None = None) -> Record:
    """Note one delivery attempt. The sandbox delivers nothing; every attempt succeeds."""
    attempt = {"id": call.books.new_id(), "status": "success", "deliveryType": channel, "sentAt": call.books.stamp()}
    if channel == "Email":
        if not email:
            raise broken("The customer has no e-mail address")
        attempt["recipientEmail"] = email
    if channel == "Sproom":
        if not ean:
            raise broken("The customer has no EAN number")
        attempt["recipientEan"] = ean
    return {**document, "sends": [*document["sends"], attempt], "updatedAt": call.books.stamp()}


def delivery_status(document: Record) -> Record:
    """A summary and one entry per attempt."""
    sends: list[Record] = document["sends"]
    summary: Record = {"sendCount": len(sends)}
    if sends:
        last = sends[-1]
        names = {"deliveryType": "lastDeliveryType", "recipientEmail": "lastRecipientEmail"}
        names |= {"recipientEan": "lastRecipientEan", "sentAt": "lastSentAt"}
        summary |= {new: last[old] for old, new in names.items() if old in last}
    return {"summary": summary, "entries": sends}


def pdf_rule(table: str, what: str, number: str = "number") -> Rule:
    """The rule that renders documents of a table; a draft carries a watermark, asked for or not."""

    def render(call: Call) -> File:
        from ledgerbee_sandbox.rules.sales.pdf import document_pdf  # fpdf2 takes longer to import than all the rest.

        document = found(call.books[table].get(call.path[0]), what)
        company = next(iter(call.books["company"]))
        customer = call.books["customers"].get(document["customerId"]) or {}
        title = f"{what} {document.get(number) or 'draft'}"
        draft = bool(call.query.get("draft")) or document["status"] == "draft"
        pdf = document_pdf(title, company, customer, shown(document), draft=draft, made=call.books.clock.now())
        return File(pdf, f"{title.lower().replace(' ', '-')}.pdf")

    return render
