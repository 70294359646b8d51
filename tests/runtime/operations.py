"""Operations written by hand, one of each kind; the generated ones are tested where they are generated."""

from __future__ import annotations

from ledgerbee_client._base.operations import Operation

GET = Operation(name="things.get", method="GET", path="/v1/things/{id}", repeatable=True)
LIST = Operation(name="things.list", method="GET", path="/v1/things", repeatable=True, paged=True)
ALL = Operation(name="things.all", method="GET", path="/v1/everything", repeatable=True)
CREATE = Operation(name="things.create", method="POST", path="/v1/things")
PUT = Operation(name="things.upsert", method="PUT", path="/v1/things", repeatable=True)
DELETE = Operation(name="things.delete", method="DELETE", path="/v1/things/{id}", repeatable=True)
REPORT = Operation(
    name="meters.report",
    method="POST",
    path="/v1/meters/report",
    repeatable=True,
    idempotency_header="x-api-idempotency-key",
)
BATCH = Operation(name="things.create_batch", method="POST", path="/v2/things/batch")
PDF = Operation(name="things.pdf", method="GET", path="/v1/things/{id}/pdf", repeatable=True)
OLD = Operation(name="things.create_v1", method="POST", path="/v1/old", deprecated=True, successor="things.create")
KEY_ONLY = Operation(name="api_key.get", method="GET", path="/v1/api-key", repeatable=True, security="key")
TOKEN_ONLY = Operation(name="mcp.send", method="POST", path="/v1/mcp", security="oauth")
OPEN = Operation(
    name="portal_sso.jwks", method="GET", path="/.well-known/{slug}/jwks.json", repeatable=True, security="none"
)
