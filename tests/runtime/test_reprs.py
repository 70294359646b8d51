"""What a developer sees who prints an object."""

from __future__ import annotations

from ledgerbee_client import ApiKey, LedgerBee


def test_a_resource_shows_its_methods() -> None:
    """All of them, those written by hand included."""
    bee = LedgerBee(ApiKey("k"))

    assert "<ApiKeyResource: require(), get()>" == repr(bee.api_key)
    assert "<InvoicesResource: list(), create(), get(), delivery_status(), pdf(), send()>" == repr(bee.invoices)


def test_a_download_shows_what_it_fetches_and_how() -> None:
    """Nothing is fetched for that."""
    pdf = LedgerBee(ApiKey("k")).invoices.pdf("7f3c")

    assert "<Download of GET /v1/invoices/7f3c/pdf: .save(path), .read(), async for>" == repr(pdf)
