"""The small rules: folding titles, singulars, members, limits, configuration."""

from __future__ import annotations

import pytest
from regen.config import read_config
from regen.model.api import Schema
from regen.model.limits import full_description
from regen.model.python_words import class_in_python, in_python
from regen.naming.words import enum_member, first_sentence, folded, singular, snake, tag_slug
from regen.notes import MOST_LINES, Notes, RefusedError, say


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("List a customer's contacts", "List  a customer\u2019s  Contacts."),
        ("Update \u2014 correct the reference", "update - correct the reference"),
        ("Update\u2014correct", "Update \u2013 correct"),
        ("\u201cQuoted\u201d", '"quoted"'),
    ],
)
def test_titles_that_only_look_different_are_the_same(one: str, other: str) -> None:
    """Quotes, dashes, spaces, case, a full stop."""
    assert folded(one) == folded(other)


def test_titles_that_say_something_else_stay_different() -> None:
    """A version is no decoration."""
    assert folded("Create a journal entry") != folded("Create a journal entry (v2)")


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("invoices", "invoice"), ("journal_entries", "journal_entry"), ("addresses", "address"), ("statuses", "status"),
        ("vat_codes", "vat_code"), ("company", "company"), ("status", "status"), ("portal_sso", "portal_sso"),
        ("taxes", "tax"), ("branches", "branch"), ("prices", "price"), ("news", "news"), ("series", "series"),
    ],
)  # fmt: skip
def test_singulars(many: str, one: str) -> None:
    """Of the words an accounting API uses."""
    assert one == singular(many)


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("customerId", "customer_id"),
        ("VATCode", "vat_code"),
        ("x-api-key", "x_api_key"),
        ("fromDate", "from_date"),
        ("v2Id", "v2_id"),
    ],
)
def test_snake_case(wire: str, python: str) -> None:
    """Runs of capitals stay together."""
    assert python == snake(wire)


@pytest.mark.parametrize(
    ("value", "member"),
    [
        ("partly_paid", "PARTLY_PAID"), ("end-of-cycle", "END_OF_CYCLE"), ("toInvoice", "TO_INVOICE"), ("", "EMPTY"),
        ("7", "VALUE_7"), ("\u00f8", "VALUE_F8"), ("a.b", "A_B"), ("ASC", "ASC"),
    ],
)  # fmt: skip
def test_members(value: str, member: str) -> None:
    """Named by what they say."""
    assert member == enum_member(value)


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("Create a journal entry (v2)", "Create a journal entry."),
        (
            "Create a single journal entry (DEPRECATED \u2014 use POST /api/v2/journal-entries)",
            "Create a single journal entry.",
        ),
        ("Revoke (force-refresh) a user's sessions", "Revoke (force-refresh) a user's sessions."),
        ("", ""),
    ],
)
def test_a_title_becomes_a_sentence(title: str, sentence: str) -> None:
    """Without what the docstring says elsewhere."""
    assert sentence == first_sentence(title)


def test_slugs() -> None:
    """As the published reference writes them."""
    assert "portal-sso" == tag_slug("Portal SSO")


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        (
            {"minimum": 1, "maximum": 100, "default": 25, "description": "Page size"},
            "Page size. 1 to 100. Default of the server: 25.",
        ),
        ({"minLength": 1}, "At least 1 character."),
        ({"minLength": 0, "maxLength": 200}, "At most 200 characters."),
        ({"minItems": 1, "maxItems": 100}, "1 to 100 items."),
        ({"minimum": 0, "exclusiveMinimum": True}, "More than 0."),
        ({"minimum": 0, "exclusiveMinimum": True, "maximum": 1}, "More than 0. At most 1."),
        ({"default": "createdAt"}, "Default of the server: createdAt."),
        ({"default": None}, ""),
    ],
)
def test_descriptions_say_what_the_type_cannot(schema: dict[str, object], told: str) -> None:
    """Limits and the server's default."""
    assert told == full_description(schema)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("literal_enums: true", "unknown key 'literal_enums'"),
        ("intigers: []", "unknown key 'intigers'"),
        ("external_types: {A: b}", "each name needs module:Class"),
        ("integers: page", "a list of names"),
        ("- base_path", "not a mapping"),
        ("integers: [", "generator-config.yaml"),
    ],
)
def test_a_configuration_that_would_be_ignored_is_refused(text: str, told: str) -> None:
    """A misspelt key would do nothing without a word."""
    with pytest.raises(RefusedError, match=told):
        read_config(text)


def test_a_line_of_the_report_is_said_once_and_fits() -> None:
    """Whatever the document put into it."""
    notes = Notes()
    say(notes.names, "a\nb\x00" + "c" * 1000)
    say(notes.names, "a\nb\x00" + "c" * 1000)

    assert 1 == len(notes.names)
    assert notes.names[0].startswith("a b ccc")
    assert 240 == len(notes.names[0])


def test_a_refusal_has_at_most_fifteen_lines() -> None:
    """The last but one counts the others, the last says what to do."""
    assert MOST_LINES == len(RefusedError(*map(str, range(99))).lines)
    assert ["... and 85 more lines like these.", "98"] == RefusedError(*map(str, range(99))).lines[-2:]


DECIMAL = {"type": "string", "format": "decimal"}
DATE = {"type": "string", "format": "date"}
INSTANT = {"type": "string", "format": "date-time"}


@pytest.mark.parametrize(
    ("schema", "said", "in_docstring"),
    [
        (DECIMAL, "Unit price, a decimal string.", "Unit price, a `Decimal` (in JSON: a decimal string)."),
        (
            {"type": "number"},
            "Amount, a JSON number, unlike the decimal strings of invoices. Signed.",
            "Amount, a `Decimal` (in JSON: a JSON number, unlike the decimal strings of invoices). Signed.",
        ),
        (DECIMAL, "Fee (string, e.g. 12.50).", "Fee (a `Decimal`; in JSON: string, e.g. 12.50)."),
        (
            DECIMAL,
            "VAT. Number or string is not documented.",
            "VAT. In JSON, number or string is not documented; in Python, a `Decimal`.",
        ),
        (DATE, "First day, YYYY-MM-DD.", "First day, a `date` (in JSON: YYYY-MM-DD)."),
        (INSTANT, "ISO 8601.", "In JSON, ISO 8601; in Python, an aware `datetime`."),
        (
            {"oneOf": [DATE, INSTANT]},
            "When it starts, ISO 8601; now when left out.",
            "When it starts, a `date` or an aware `datetime` (in JSON: ISO 8601); now when left out.",
        ),
        (DECIMAL, "Total including VAT.", "Total including VAT."),
        ({"type": "string"}, "Rate, as a string.", "Rate, as a string."),
        ({"oneOf": [DECIMAL, {"type": "string"}]}, "A decimal string, or `none`.", "A decimal string, or `none`."),
        ({"type": "integer"}, "A number, not a string.", "A number, not a string."),
    ],
)
def test_what_a_docstring_says_of_a_type_is_true_in_python(schema: Schema, said: str, in_docstring: str) -> None:
    """The document speaks of JSON, an editor's user of a Decimal; the words of the document are kept."""
    assert in_docstring == in_python(said, schema)


def test_what_a_class_says_of_its_amounts_is_true_in_python() -> None:
    """Where it has an amount; a sentence about anything else stays as it is."""
    said = "An invoice. Money is in decimal strings. Its id is a string."

    assert (
        "An invoice. In JSON, money is in decimal strings; in Python, `Decimal`. Its id is a string."
        == class_in_python(said, [{"type": "string"}, DECIMAL])
    )
    assert said == class_in_python(said, [{"type": "string"}])


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/paths/~1v1~1things~1{id}/get", "GET /v1/things/{id}"),
        ("/paths/~1v1~1things~1{id}", "/v1/things/{id}"),
        ("/paths/~1v1~1things/get/parameters/x-api-key", "GET /v1/things, parameter x-api-key"),
        ("/paths/~1things/post/requestBody/properties/lines/items/properties/id", "POST /things, body.lines[].id"),
        ("/paths/~1things/post/requestBody/content/application~1json/schema/properties/a", "POST /things, body.a"),
        ("/paths/~1v1~1things/get/responses/200", "GET /v1/things, answer 200"),
        ("/paths/~1v1~1things/get/responses/properties/rates/additionalProperties", "GET /v1/things, answer.rates{}"),
        ("/components/schemas/Thing", "Thing"),
        ("/components/schemas/Thing/properties/kind/oneOf/1", "Thing.kind (oneOf 1)"),
        ("/servers/0/url", "/servers/0/url"),
        ("openapi/overlay.yaml", "openapi/overlay.yaml"),
    ],
)  # fmt: skip
def test_a_repair_says_its_place_in_the_words_of_the_api(pointer: str, place: str) -> None:
    """Nobody reads `~1`: an operation is METHOD and path, a field stands after its model's name."""
    notes = Notes()

    notes.repair(pointer, "mended")

    assert [f"{place}: mended"] == notes.repairs
