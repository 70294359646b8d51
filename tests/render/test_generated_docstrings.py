"""Docstrings say what a signature cannot."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from regen.codegen.render_docs import method_docstring

from .describing import endpoint
from .small_api import small_api
from .workshop import Package


def doc(package: Package, name: str) -> str:
    """Return the docstring of a method, as an editor shows it."""
    resource, _, method = name.partition(".")
    module = package.module(f"api.{resource}")
    cls: Any = getattr(module, f"{resource.capitalize()}Resource")
    return inspect.getdoc(getattr(cls, method)) or ""


def test_a_method_is_explained(package: Package) -> None:
    """From its purpose to its page, with every argument."""
    assert doc(package, "invoices.create") == (
        """
Call invoices.create.

Scopes: none needed. Takes an API key only, no token.

Never resent once it may have arrived: the API does not deduplicate this call.

Args:
    body: An invoice to make. A mapping of wire names may stand for it.
    timeout, extra_headers: explained on the class.

Raises:
    BadRequestError: 400 `NO_LINES`: it has no lines.
    OutcomeUnknownError: no answer came; it may have been done. Read back before sending it again.

API: POST /v1/invoices, https://docs.example/invoices
"""
    ).strip("\n")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("invoices.list", "Scopes: `invoices-read`."),
        ("invoices.list", "limit: Items per request, 1 to 100. None: 100."),
        ("invoices.list", "A lazy list: `async for` walks the items of all pages"),
        ("invoices.list", "status: Only these. Known values: `draft`, `sent`."),
        (
            "invoices.list",
            "timeout, extra_headers: explained on the class; for each page, while `.collect(timeout=...)` limits",
        ),
        ("invoices.list", "InvalidValueError: at this call: an argument that cannot be sent."),
        ("invoices.list", "PaginationError: in a walk: the list does not move on; if `.strict()`, it changed."),
        (
            "invoices.list",
            "LedgerBeeError: in a walk: a page that could not be fetched or read; `.page` is its number.",
        ),
        ("invoices.get", "Scopes: not documented."),
        ("invoices.delete", "Safe to repeat, and repeated after a failure: DELETE (RFC 9110)."),
        ("invoices.send", "Deprecated: use `invoices.create()`; the API takes it away on 2026-11-08."),
        ("invoices.send", "Only its title is documented"),
        ("invoices.send", "Its path is inferred."),
        ("invoices.send", "body: What it takes is not documented: give a mapping of the API's own names."),
        ("invoices.void", "Sent without credentials."),
        ("invoices.pdf", "Documented in part: there may be arguments and fields"),
        ("invoices.pdf", "A file, fetched when it is used: `await ....save(path)`"),
        ("entries.create_batch", "BatchSizeError: not 1 to 100 entries; nothing was sent."),
        ("entries.create_batch", "For more, `create_many()`, which is not one transaction."),
        ("entries.create_many", "Send any number of entries through `create_batch()`"),
        ("entries.create_many", "RequestRefusedError: an entry of a list, or an argument, cannot be sent at all;"),
        ("entries.create_many", "`raise_if_incomplete()`: what goes wrong on the way is not raised."),
        ("usage.report", "idempotency_key: Key by which the API knows a call that it has had before."),
        ("usage.report", "the API knows the key again."),
    ],
)
def test_limits_scopes_and_surprises_are_said(package: Package, name: str, said: str) -> None:
    """Where the caller's editor shows them."""
    assert said in " ".join(doc(package, name).split())


@pytest.mark.parametrize("name", ["invoices.list", "invoices.get", "invoices.pdf"])
def test_what_goes_without_saying_is_not_said(package: Package, name: str) -> None:
    """Reading may be repeated, and "Success" is no news."""
    text = doc(package, name)

    assert "repeat" not in text
    assert "resent" not in text
    assert "Success" not in text


def test_an_operation_for_tokens_says_so() -> None:
    """The client would refuse it with an API key."""
    text = method_docstring(endpoint("a.b", "GET", "/a", security="oauth"), [])

    assert "Takes an OAuth token only, no API key." in text


def test_what_every_method_takes_is_explained_once(package: Package) -> None:
    """On the class, and what a newcomer reads says nothing of regenerating."""
    text = inspect.getdoc(package.module("api.invoices").InvoicesResource) or ""

    assert "Every method takes `timeout`, seconds for the whole call, every try included" in " ".join(text.split())
    assert not [path for path, source in package.sources().items() if "--download" in source]


def test_every_argument_is_listed(package: Package) -> None:
    """In the order of the signature."""
    for path in package.root.glob("api/[a-z]*.py"):
        module = package.module(f"api.{path.stem}")
        cls = next(found for name, found in vars(module).items() if name.endswith("Resource") and name != "Resource")
        for name, method in vars(cls).items():
            if name.startswith("_"):
                continue
            lines = (inspect.getdoc(method) or "").partition("Args:\n")[2].partition("\n\n")[0].splitlines()
            entries = [line.strip().partition(":")[0] for line in lines if line.startswith("    ") and line[4] != " "]
            listed = [name for entry in entries for name in entry.split(", ")]
            assert list(inspect.signature(method).parameters)[1:] == listed


def test_long_texts_are_wrapped_and_code_stays_whole(fresh: Path) -> None:
    """Lines fit; what stands between backticks can be copied."""
    api = small_api()
    words = "word " * 19 + "`a b c d e f g h` " + "word " * 60
    get = replace(api.endpoints["invoices.get"], description=f"{words}.\n\n- One\n- Two\n\nLast.")
    package = Package(fresh, replace(api, endpoints={**api.endpoints, get.name: get}))
    source = package.source("api/invoices.py")

    assert max(len(line) for line in source.splitlines() if "def " not in line and "return" not in line) <= 120
    assert "`a b c d e f g h`" in source
    assert "\n\n        - One.\n\n        - Two.\n\n        Last.\n" in source
