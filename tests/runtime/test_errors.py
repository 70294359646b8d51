"""Errors: one tree, the facts on them, survivors of pickle and deepcopy, and nothing of a body in a message."""

from __future__ import annotations

import copy
import datetime
import inspect
import pickle
from typing import Any

import httpx
import pytest

import ledgerbee_client
from ledgerbee_client import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    InvalidValueError,
    LedgerBee,
    LedgerBeeError,
    LicenseRequiredError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnreadableAnswerError,
    ValidationError,
    errors,
)
from ledgerbee_client._models.model import ANY, NOTHING, TEXT, Field, Model, model

from .conftest import Hanging, ScriptedApi
from .operations import CREATE, DELETE, GET

pytestmark = pytest.mark.anyio
TREE = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LedgerBeeError)]


def envelope(status: int, code: str | None = None, message: str = "No.", details: Any = None) -> dict[str, Any]:
    body = {"statusCode": status, "timestamp": "2026-11-20T10:00:00Z", "path": "/v1/things/1", "message": message}
    return {**body, **({"code": code} if code else {}), **({"details": details} if details is not None else {})}


async def fail(api: ScriptedApi, bee: LedgerBee, status: int, **facts: Any) -> LedgerBeeError:
    api.on("POST", "/v1/things").answers(status, **facts)
    with pytest.raises(LedgerBeeError) as caught:
        await bee.with_options(max_retries=0)._calls.one(CREATE, ANY, body={})
    return caught.value


@pytest.mark.parametrize("kind", TREE)
def test_every_error_is_ours(kind: type[LedgerBeeError]) -> None:
    """One root, and every name is exported."""
    assert issubclass(kind, LedgerBeeError)
    assert getattr(ledgerbee_client, kind.__name__) is kind


@pytest.mark.parametrize("kind", TREE)
def test_every_error_survives_copies(kind: type[LedgerBeeError]) -> None:
    """Between processes, with its facts and its notes; and equals itself."""
    facts: dict[str, Any] = {"operation": "a.b", "method": "POST", "path": "/v1"}
    error = kind("p", "e", "g", **facts) if kind is InvalidValueError else kind("words", **facts)
    error.add_note("entry 3")

    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error), copy.copy(error)):
        assert twin == error
        assert (str(error), "POST", ["entry 3"]) == (str(twin), twin.method, twin.__notes__)
        assert hash(twin) == hash(error)


def test_errors_differ_by_their_facts() -> None:
    """Equal means equal in everything."""
    assert APIError("x", status=400) != APIError("x", status=500)
    assert APIError("x") != ServerError("x")


def test_an_unknown_outcome_can_be_settled_in_another_process() -> None:
    """How to sleep does not travel; asyncio's is taken there."""
    error = OutcomeUnknownError("x", sent_at=datetime.datetime.now(datetime.UTC), _sleep=lambda seconds: None)

    assert pickle.loads(pickle.dumps(error))._sleep is None


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "JOURNAL_CATEGORY_NOT_FOUND", BadRequestError),
        (400, None, BadRequestError),
        (401, "UNAUTHORIZED", AuthenticationError),
        (403, "INSUFFICIENT_PERMISSIONS", PermissionDeniedError),
        (403, "LICENSE.REQUIRED", LicenseRequiredError),
        (404, "METER_NOT_FOUND", NotFoundError),
        (405, None, APIError),
        (409, None, ConflictError),
        (418, None, APIError),
        (422, None, BadRequestError),
        (429, None, RateLimitError),
    ],
)
async def test_a_status_has_its_error(
    status: int, code: str | None, kind: type[APIError], api: ScriptedApi, bee: LedgerBee
) -> None:
    """With status, code, operation, method and path on it."""
    error = await fail(api, bee, status, json=envelope(status, code))

    assert type(error) is kind
    assert isinstance(error, APIError)
    assert (status, code) == (error.status, error.code)
    assert ("things.create", "POST", "/v1/things") == (error.operation, error.method, error.path)
    assert f"POST /v1/things was refused with {status}" in str(error)
    assert error.api_message == error.message


async def test_a_validation_error_says_which_fields(api: ScriptedApi, bee: LedgerBee) -> None:
    """By the API's dotted paths, rule by rule."""
    items = [
        {"property": "lines.0.quantity", "constraints": {"isPositive": "must be positive"}},
        {"property": "lines.0.quantity", "constraints": {"isInt": "must be an integer"}},
        {"property": "foo"},
        "odd",
    ]
    error = await fail(
        api, bee, 400, json=envelope(400, "SHARED_VALIDATION_FAILED", details={"validationErrors": items})
    )

    assert isinstance(error, ValidationError)
    assert {
        "lines.0.quantity": {"isPositive": "must be positive", "isInt": "must be an integer"},
        "foo": {},
    } == error.fields
    assert "lines.0.quantity (isPositive: must be positive, isInt: must be an integer), foo." in str(error)


async def test_a_missing_scope_is_named(api: ScriptedApi, bee: LedgerBee) -> None:
    """In the error and in its message."""
    error = await fail(
        api, bee, 403, json=envelope(403, "INSUFFICIENT_PERMISSIONS", details={"requiredScopes": ["invoices-write"]})
    )

    assert isinstance(error, PermissionDeniedError)
    assert ("invoices-write",) == error.required_scopes
    assert "invoices-write" in str(error)


async def test_a_missing_licence_is_named(api: ScriptedApi, bee: LedgerBee) -> None:
    """Scopes do not help then."""
    error = await fail(api, bee, 403, json=envelope(403, "LICENSE.REQUIRED", details={"licenseKey": "Subscription"}))

    assert isinstance(error, LicenseRequiredError)
    assert "Subscription" == error.license_key


async def test_an_address_that_is_not_allowed_is_told(api: ScriptedApi, bee: LedgerBee) -> None:
    """The key is right, the address is not."""
    error = await fail(api, bee, 401, json=envelope(401, "UNAUTHORIZED", details={"reason": "ip_whitelist_mismatch"}))

    assert isinstance(error, AuthenticationError)
    assert "ip_whitelist_mismatch" == error.reason


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'"x"', b"\xff\xfe", b'{"code": 7, "message": [], "details": []}', b"[" * 100_000]
)
async def test_an_odd_refusal_is_an_error_all_the_same(body: bytes, api: ScriptedApi, bee: LedgerBee) -> None:
    """With its status, and no more than is known."""
    error = await fail(api, bee, 404, content=body)

    assert isinstance(error, NotFoundError)
    assert error.code is None
    assert {} == dict(error.details)


@pytest.mark.parametrize("details", [{"validationErrors": 7}, {"validationErrors": [7]}, {"requiredScopes": "x"}, {}])
async def test_odd_details_break_nothing(details: Any, api: ScriptedApi, bee: LedgerBee) -> None:
    """Reading an error never raises another."""
    error = await fail(api, bee, 400, json=envelope(400, details=details))

    for kind in (ValidationError, PermissionDeniedError, LicenseRequiredError, AuthenticationError):
        twin = kind("x", details=details)
        assert all(hasattr(twin, n) for n, v in inspect.getmembers(kind) if isinstance(v, property))
    assert isinstance(error, BadRequestError)


async def test_a_body_is_capped_and_kept_out_of_the_message(api: ScriptedApi, bee: LedgerBee) -> None:
    """Customers' data belongs in no log."""
    error = await fail(api, bee, 400, content=b"customer data " * 1000)

    assert isinstance(error, APIError)
    assert 500 == len(error.body)
    assert "customer data" not in str(error)


async def test_a_server_error_to_a_read_is_a_server_error(api: ScriptedApi, bee: LedgerBee) -> None:
    """520 included, which the standard library does not know."""
    api.on("GET", "/v1/things/1").answers(520, content=b"<html>", times=4)

    with pytest.raises(ServerError) as caught:
        await bee._calls.one(GET, ANY, path=("1",))

    assert 520 == caught.value.status
    assert "<html>" == caught.value.body


class Thing(Model):
    """A model with one required field."""


def thing() -> Any:
    from attrs import define

    @define(kw_only=True, repr=False)
    class Required(Model):
        id: str

    Required._wire = (Field("id", "id", TEXT),)
    return model(Required)


@pytest.mark.parametrize(
    "facts",
    [
        {"content": b"<html>secret", "headers": {"content-type": "text/html"}},
        {"content": b'{"id": "secret', "headers": {"content-type": "application/json"}},
        {"content": b"%PDF-secret", "headers": {"content-type": "application/pdf"}},
        {"json": {"other": "secret"}},
        {"json": ["secret"]},
        {"content": b"null", "headers": {"content-type": "application/json"}},
        {"content": b""},
        {"content": b"[" * 100_000, "headers": {"content-type": "application/json"}},
        {"content": b"\xff", "headers": {"content-type": "application/json"}},
    ],
)
async def test_an_answer_that_cannot_be_read_is_an_error(
    facts: dict[str, Any], api: ScriptedApi, bee: LedgerBee
) -> None:
    """HTML, cut JSON, a PDF, another object or shape, nothing: never None, never somebody else's exception."""
    api.on("GET", "/v1/things/1").always(status=200, **facts)

    with pytest.raises(UnreadableAnswerError) as caught:
        await bee._calls.one(GET, thing(), path=("1",))

    assert 200 == caught.value.status
    assert "things.get" == caught.value.operation
    assert "secret" not in str(caught.value)
    assert len(caught.value.body) <= 500


async def test_a_write_that_was_accepted_and_cannot_be_read_says_so(api: ScriptedApi, bee: LedgerBee) -> None:
    """201 and JSON: it is booked, whatever is missing from the answer."""
    api.on("POST", "/v1/things").answers(201, json={})

    with pytest.raises(UnreadableAnswerError, match="accepted the call: do not send it again"):
        await bee._calls.one(CREATE, thing(), body={})


async def test_nothing_is_an_answer_where_nothing_is_promised(api: ScriptedApi, bee: LedgerBee) -> None:
    """204, and an empty 200."""
    api.on("DELETE", "/v1/things/1").answers(204).answers(200)

    nothing: object = await bee._calls.one(DELETE, NOTHING, path=("1",))
    assert nothing is None
    assert await bee._calls.one(DELETE, ANY, path=("1",)) is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
async def test_a_redirect_is_not_followed(status: int, api: ScriptedApi, bee: LedgerBee) -> None:
    """The key would go with it."""
    api.on("GET", "/v1/things/1").answers(status, headers={"location": "https://evil.example/api/v1/things/1"})

    with pytest.raises(UnreadableAnswerError, match="redirects are not followed"):
        await bee._calls.one(GET, ANY, path=("1",))

    assert 1 == len(api.requests)


# httpx's own generators are left half-way then, and trio says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_broken_compression_is_an_error_of_ours(api: ScriptedApi, bee: LedgerBee) -> None:
    """httpx's DecodingError reaches nobody."""

    class Raw(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            yield b"no gzip"

    api.on("GET", "/v1/things/1").always(
        lambda request: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Raw())
    )

    with pytest.raises(LedgerBeeError, match="compression"):
        await bee._calls.one(GET, ANY, path=("1",))


async def test_nobody_is_told_to_try_an_unknown_write_again(api: ScriptedApi, bee: LedgerBee) -> None:
    """A read that was answered with 500 is told so."""
    api.on("GET", "/v1/things/1").answers(500)

    error = await fail(api, bee, 503, json=envelope(503))
    with pytest.raises(ServerError, match="Trying again later may help"):
        await bee.with_options(max_retries=0)._calls.one(GET, ANY, path=("1",))

    assert isinstance(error, OutcomeUnknownError)
    assert "rying again" not in str(error)


async def test_a_time_that_is_short_is_not_called_zero(api: ScriptedApi, bee: LedgerBee) -> None:
    """The message has the time that there was."""

    api.on("POST", "/v1/things").does(Hanging())

    with pytest.raises(OutcomeUnknownError, match=r"no answer within 0\.02 s"):
        await bee._calls.one(CREATE, ANY, body={}, timeout=0.02)
