"""The vendor's real file, as far as it can be imagined: nothing users type is lost, and all of it works."""

# One construct per line.
# ruff: noqa: E501

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from regen.model.api import Model
from regen.model.describe import Described
from regen.notes import Notes
from regen.report.change import Change
from regen.report.changes import compare
from regen.report.markdown import report_text
from regen.report.surface import surface_of
from small import PREFIX, Node, schemas_of
from trials import inlined, lost_names, published, real
from vendor import GONE, vendor_document
from workbench import Package, built

from ledgerbee_sandbox.schema.document import load, operations

NOTES = Notes()
CALL_EVERYTHING = """
import httpx, inspect
from ledgerbee_client import ApiKey, Attachment, ClientCredentials, LedgerBee
from ledgerbee_client._helpers.pages import Pages
from ledgerbee_client._models.model import Model

PLANS = json.loads(PLANS_TEXT)
answers = {}

def with_files(value):
    if value == "a file":
        return Attachment.from_bytes(b"%PDF-1.7", filename="a.pdf")
    return {key: with_files(inner) for key, inner in value.items()} if isinstance(value, dict) else value

def answer(request):
    if request.url.path.endswith("/token"):
        return httpx.Response(200, json={"access_token": "t" * 40, "token_type": "Bearer", "expires_in": 3600})
    name = current[0]
    plan = PLANS[name]
    if plan["file"]:
        return httpx.Response(200, content=b"%PDF-1.7", headers={"content-type": "application/pdf"})
    if "answer" not in plan:
        return httpx.Response(204)
    return httpx.Response(200, json=plan["answer"])

async def run():
    global current
    current, got = [""], {}
    given = {"transport": httpx.MockTransport(answer), "max_retries": 0}
    async with LedgerBee(ApiKey("k" * 32), **given) as key, LedgerBee(ClientCredentials("id", "s" * 40), **given) as oauth:
        for name, plan in PLANS.items():
            current[0] = name
            bee = oauth if plan["oauth"] else key
            resource, method = name.split(".")
            call = getattr(getattr(bee, resource), method)
            made = call(*map(with_files, plan["positional"]), **plan["keywords"])
            if isinstance(made, Pages):
                value = (await made.first())
            elif inspect.iscoroutine(made):
                value = await made
            else:
                value = len(await made.read())
            got[name] = type(value).__name__
    return got

import logging
logging.disable(logging.CRITICAL)
result = asyncio.run(run())
"""


@cache
def today() -> Described:
    """Our own document, with its names remembered."""
    first = real(published())
    return real(published(), first.lock)


@cache
def after() -> Described:
    """The vendor's document, read by a project that knows ours."""
    return real(vendor_document(), today().lock, NOTES, surface_of(today().api))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """What is generated from it."""
    return built(after(), tmp_path_factory.mktemp("vendor"))


def sample(schema: Node, deep: int = 0) -> Any:  # noqa: PLR0911  One answer per kind.
    """A value that the API could send: whatever is required, and everything else one level deep."""
    if "$ref" in schema:
        return sample(schemas_of(after())[schema["$ref"].removeprefix(PREFIX)], deep)
    if schema.get("nullable") and deep > 2:
        return None
    if "allOf" in schema or "oneOf" in schema:
        return sample((schema.get("allOf") or schema["oneOf"])[0], deep)
    if "const" in schema or "enum" in schema:
        return schema.get("const") or schema["enum"][0]
    if schema.get("type") == "object":
        needed = schema.get("required", [])
        fields = schema.get("properties", {})
        return {key: sample(child, deep + 1) for key, child in fields.items() if key in needed or deep < 2}
    if schema.get("type") == "array":
        return [sample(schema["items"], deep + 1)] if deep < 3 else []
    formats = {"date": "2026-01-02", "date-time": "2026-01-02T03:04:05Z", "decimal": "1.50", "binary": "a file"}
    plain = {"number": 2, "integer": 3, "boolean": True}
    return formats.get(schema.get("format", "")) or plain.get(schema.get("type", ""), "text")


def plans() -> Node:
    """For every operation what to give and what is answered."""
    made: Node = {}
    for name, one in after().api.endpoints.items():
        positional: list[Any] = [f"id-{place}" for place, _ in enumerate(one.at("path"))]
        if one.body is not None:
            body = sample(one.body.schema)
            positional.append(body[one.batch.field] if one.batch is not None else body)
        named = [*one.at("query"), *one.at("header")]
        keywords = {argument.name: "a" for argument in named if argument.schema.get("type") == "string"}
        plan = {"positional": positional, "keywords": keywords, "file": one.kind == "file"}
        plan["oauth"] = one.security == "oauth"
        made[name] = plan | ({"answer": sample(one.answer)} if one.answer is not None else {})
    return made


def test_no_name_is_lost_but_that_of_the_operation_that_is_gone() -> None:
    """Resources, methods, arguments, models."""
    assert ["subscriptions.archive_plan", "ArchivedSubscriptionPlan"] == lost_names(today(), after())
    assert [f"subscriptions.archive_plan: no operation has the title {GONE!r} of 'Subscriptions'"] == NOTES.unmatched


def test_no_attribute_and_no_member_is_renamed() -> None:
    """Although every class has a field more, some of which would be called like one that was there."""
    renamed = []
    for name, model in today().api.classes.items():
        now = after().api.classes.get(after().api.aliases.get(name, name))
        if isinstance(model, Model) and isinstance(now, Model):
            names = {one.wire: one.name for one in now.fields}
            renamed += [f"{name}.{one.name}" for one in model.fields if names.get(one.wire, one.name) != one.name]
    before = surface_of(today().api)["models"]
    values = surface_of(after().api)["models"]
    for name, model in before.items():
        for value, member in model.get("values", {}).items():
            if name in values and values[name]["values"].get(value) != member:
                renamed.append(f"{name}.{member}")

    assert [] == renamed
    assert len(after().lock.attributes) > 10


def test_what_is_new_is_derived() -> None:
    """Five operations that names.toml does not know; one of them takes a form with a file."""
    kinds = {name: after().api.endpoints[name].kind for name in DERIVED}

    assert dict(zip(DERIVED, ("list", "one", "one", "file", "list"), strict=True)) == kinds
    assert [] == NOTES.left_out


DERIVED = [
    "bank_reconciliation.lines",
    "bank_reconciliation.get_line",
    "bank_reconciliation.create_statement",
    "journal_entries.export",
    "webhook_endpoints.events",
]


def test_a_header_that_everything_takes_is_one_class() -> None:
    """Accept-Language is written out at every operation."""
    assert ["AcceptLanguage"] == [
        name for name in after().api.classes if "Language" in name and name not in today().api.classes
    ]


def test_breaking_changes_are_few_and_true() -> None:
    """Better knowledge is none: described bodies, new fields, other paths."""
    breaking = [change.text for change in compare(surface_of(today().api), surface_of(after().api)) if change.breaking]
    bodies = [text for text in breaking if text.endswith(": the body is required now")]

    assert len(bodies) + 3 == len(breaking)


def test_the_report_is_read_in_one_go() -> None:
    """More than a thousand changes; one line says what holds for many calls."""
    changes: list[Change] = compare(surface_of(today().api), surface_of(after().api))
    report = report_text(
        changes, NOTES, after().api, first=False, files=[f"ledgerbee_client/models/m{n}.py" for n in range(500)]
    )
    breaking = report.partition("## Breaking changes")[2].partition("##")[0]

    assert len(changes) > 1000
    assert len(report.splitlines()) < len(changes)
    assert len(breaking.strip().splitlines()) < 12
    assert "new optional arguments 'x_request_id', 'accept_language'" in report
    assert 'lines = { kind = "list", tag = "Bank Reconciliation", title = "List bank lines" }' in report
    assert "- ledgerbee_client/models: 500 files" in report


def test_every_operation_can_be_called(package: Package) -> None:
    """Over a transport that answers what the document says; every argument that is text is given."""
    got = package.run(CALL_EVERYTHING.replace("PLANS_TEXT", repr(json.dumps(plans()))))

    assert set(plans()) == set(got)
    assert "int" == got["invoices.pdf"]
    assert "PublicInvoiceListItem" == got["invoices.list"]
    assert "NoneType" == got["dimensions.delete"]


def lacking(value: Any, place: int) -> Any:
    """The same with one field left out of every object that has several."""
    if isinstance(value, dict):
        left = list(value)[place % len(value)] if len(value) > 1 else ""
        return {key: lacking(inner, place) for key, inner in value.items() if key != left}
    return [lacking(one, place) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("place", [0, 1])
def test_every_answer_may_lack_a_field_of_every_object(package: Package, place: int) -> None:
    """Nearly all of them are called required, and none is said to be there always."""
    answers = {name: plan | {"answer": lacking(plan.get("answer"), place)} for name, plan in plans().items()}
    for name, plan in plans().items():
        if "answer" not in plan:
            del answers[name]["answer"]

    assert set(answers) == set(package.run(CALL_EVERYTHING.replace("PLANS_TEXT", repr(json.dumps(answers)))))


def test_the_generated_package_is_typed(package: Package) -> None:
    """mypy --strict, over fields called list, str, Any, self, _wire and model."""
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-incremental",
        "--cache-dir",
        "/dev/null",
        "--follow-imports",
        "silent",
    ]
    command += ["ledgerbee_client/api", "ledgerbee_client/models"]
    done = subprocess.run(command, cwd=package.directory, capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr), done.stdout[-2000:]


def test_the_sandbox_serves_it_at_the_same_paths(tmp_path: Path) -> None:
    """Once downloaded, it is the sandbox's document too."""
    (tmp_path / "ledgerbee.json").write_text(json.dumps(vendor_document()), encoding="utf-8")
    ours = {one.request for one in after().api.endpoints.values()}

    served = {f"{one.method} {one.path}" for one in operations(load(tmp_path / "ledgerbee.json"))}

    assert served == ours


def test_credentials_are_those_of_our_own_document() -> None:
    """Although the vendor calls its schemes otherwise, and says of two of them what the guides say better."""
    keys = ["portal_sso.mint_handoff", "portal_sso.provision", "portal_sso.revoke_sessions"]
    for name in (*keys, "invoices.list", "mcp.send", "portal_sso.jwks"):
        assert today().api.endpoints[name].security == after().api.endpoints[name].security


def test_an_idempotency_key_stays_under_its_first_header() -> None:
    """A second header of that kind is an argument like any other; other calls gain the key."""
    operations_now = after().api.endpoints

    assert "x-api-idempotency-key" == operations_now["meters.report"].idempotency_header
    assert "Idempotency-Key" == operations_now["invoices.create"].idempotency_header
    assert not operations_now["invoices.create"].repeatable


def test_the_second_time_nothing_changes() -> None:
    """The names are settled by the first."""
    again = real(vendor_document(), after().lock, Notes(), surface_of(after().api))

    assert again.api == after().api
    assert again.lock.text() == after().lock.text()
    assert [] == compare(surface_of(after().api), surface_of(again.api))


def test_written_out_in_place_it_is_settled_by_the_first_run_too() -> None:
    """Otherwise `--check` finds drift on the day after."""
    raw = inlined(vendor_document())

    first = real(raw, today().lock, Notes(), surface_of(today().api))
    again = real(raw, first.lock, Notes(), surface_of(first.api))

    assert surface_of(first.api) == surface_of(again.api)
    assert first.lock.text() == again.lock.text()


def test_our_own_document_still_fits_afterwards() -> None:
    """Going back costs no name either."""
    back = real(published(), after().lock, Notes(), surface_of(after().api))

    assert [] == lost_names(today(), back)
