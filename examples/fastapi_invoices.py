"""
A FastAPI service on top of LedgerBee: one client for the life of the service; invoices by page, sent, and as PDF.

    pip install ledgerbee-client fastapi uvicorn
    LEDGERBEE_API_KEY=... uvicorn --app-dir examples fastapi_invoices:app
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from ledgerbee_client import APIError, LedgerBee, NoAnswerError, NotFoundError, OutcomeUnknownError
from ledgerbee_client.models import PublicSendInvoice


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, Any]]:
    """Make the client in the event loop that serves, and close it there; requests find it in their state."""
    async with LedgerBee.from_env() as bee:
        yield {"bee": bee}


async def client(request: Request) -> LedgerBee:
    """Return the service's client."""
    bee: LedgerBee = request.state.bee
    return bee


app = FastAPI(lifespan=lifespan)
Bee = Annotated[LedgerBee, Depends(client)]


@app.get("/invoices")
async def invoices(bee: Bee, page: int = 1, size: int = 25, status: str | None = None) -> dict[str, Any]:
    """Return one page of invoices, asked for with one request."""
    async for found in bee.invoices.list(status=status, limit=size).pages(start=page):
        items = [invoice.to_dict() for invoice in found.items]
        return {"items": items, "page": found.number, "pages": found.total_pages, "total": found.total}
    return {"items": [], "page": page, "pages": 0, "total": 0}


@app.post("/invoices/{invoice_id}/send", status_code=202)
async def send(invoice_id: str, bee: Bee) -> dict[str, str]:
    """Send an invoice by e-mail."""
    sent = await bee.invoices.send(invoice_id, PublicSendInvoice(delivery_type="Email"))
    return {"delivery": sent.delivery_type}


@app.get("/invoices/{invoice_id}.pdf")
async def pdf(invoice_id: str, bee: Bee) -> StreamingResponse:
    """Stream the PDF as it comes, so that this process never holds a whole one."""
    chunks = stream(bee, invoice_id)
    # The first piece is read before the answer begins: a refusal can still become a status of its own.
    first = await anext(chunks)

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return StreamingResponse(whole(), media_type="application/pdf")


async def stream(bee: LedgerBee, invoice_id: str) -> AsyncIterator[bytes]:
    """Yield a PDF piece by piece; leaving early gives the connection back."""
    async with bee.invoices.pdf(invoice_id) as chunks:
        async for chunk in chunks:
            yield chunk


@app.exception_handler(NotFoundError)
async def not_found(_: Request, error: Exception) -> Response:
    """What LedgerBee does not have, this service has not."""
    return JSONResponse({"detail": "Not found."}, status_code=404)


@app.exception_handler(OutcomeUnknownError)
async def unknown(_: Request, error: Exception) -> Response:
    """A caller who sent it again might send it twice: this is neither "failed" nor "try again"."""
    return JSONResponse({"detail": "It may have been done. Look before you send it again."}, status_code=502)


@app.exception_handler(NoAnswerError)
async def not_reached(_: Request, error: Exception) -> Response:
    """Nothing happened, and the caller may try again."""
    return JSONResponse({"detail": "LedgerBee was not reached."}, status_code=503)


@app.exception_handler(APIError)
async def refused(_: Request, error: Exception) -> Response:
    """The code is stable and holds no data; the text stays in the log."""
    code = error.code if isinstance(error, APIError) else None
    return JSONResponse({"detail": "LedgerBee said no.", "code": code}, status_code=502)
