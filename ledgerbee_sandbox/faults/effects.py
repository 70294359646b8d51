"""What faults do after the operation has acted: the books have changed, the caller learns it late or not at all."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ledgerbee_sandbox.faults.fault import Fault
from ledgerbee_sandbox.json_codec import dump, load
from ledgerbee_sandbox.json_types import is_array, is_object
from ledgerbee_sandbox.responses import ConnectionCutError, html_520, json_response


def after_acting(fault: Fault, response: Response) -> Response:
    """
    The answer as the fault leaves it.

    Raises:
        ConnectionCutError: nothing, or only half, of it gets through.
    """
    if fault.kind == "hang_up_after":
        raise ConnectionCutError
    if fault.kind == "cut_body":
        raise ConnectionCutError(response, bytes(response.body)[: len(response.body) // 2])
    if fault.kind == "html" and fault.after:
        return html_520()
    if fault.kind in {"wrong_total", "duplicate_item"}:
        return _misleading(fault.kind, response)
    if fault.kind == "no_details" and response.status_code >= 400:
        return _without_details(response)
    return response


def _misleading(kind: str, response: Response) -> Response:
    page = _page(response)
    if page is None:
        return response
    if kind == "wrong_total":
        page["total"] = page.get("total", 0) + 1000
        page["totalPages"] = -(-page["total"] // page.get("limit", 25))
    elif page["data"]:
        page["data"] = [*page["data"], page["data"][-1]]
    response.body = dump(page)
    response.headers["content-length"] = str(len(response.body))  # Its other headers stay.
    return response


def _without_details(response: Response) -> Response:
    refusal = load(bytes(response.body))
    return json_response(response.status_code, {name: refusal[name] for name in refusal if name != "details"})


def _page(response: Response) -> dict[str, Any] | None:
    if response.media_type != "application/json":
        return None
    value = load(bytes(response.body))
    return value if is_object(value) and is_array(value.get("data")) else None
