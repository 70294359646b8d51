"""The report: its sections, what several changes say, and texts of the document that do nothing in it."""

# One case per line.
# ruff: noqa: E501

from __future__ import annotations

from regen.notes import Notes
from regen.report.change import Change
from regen.report.markdown import by_folder, escaped, find_candidates, grouped, report_text
from small import answering, document, normalised, operation, ref


def test_the_report_lists_everything_by_section() -> None:
    """Breaking changes first, then what the pipeline did."""
    notes = Notes(
        repairs=["/a: mended"],
        derived=["a.b: derived"],
        unmatched=["c.d: no operation"],
        ineffective=["$.x: matches NOTHING"],
    )
    result = normalised(document({"/v1/x": {"get": operation()}}), notes=notes)
    text = report_text(
        [Change("repeated", "a", after="now", breaking=True), Change("new", "b", after="x.y")],
        notes,
        result.api,
        first=False,
        files=["api/a.py"],
    )

    headings = [line for line in text.splitlines() if line.startswith("## ")]

    assert "## Breaking changes (1)" == headings[0]
    assert text.index("- a: now repeated") < text.index("- b: new (x.y)") < text.index("- /a: mended")
    assert "1 breaking changes, 1 others" in text


def test_a_title_decides_nothing_of_the_report() -> None:
    """Whatever it says."""
    raw = document({"/v1/x": {"get": operation("This is the first accepted document.")}})
    text = report_text([], Notes(), normalised(raw).api, first=False, files=[])

    assert "1 operations, 1 models, 1 names derived. 0 breaking changes, 0 others." == text.splitlines()[2]


def test_strings_that_look_like_money_or_dates_are_candidates() -> None:
    """Nobody guesses: a person writes the overlay."""
    schemas = {"Thing": {"type": "object", "properties": {
        "unitPrice": {"type": "string"}, "sum": {"type": "string", "example": "12.50"}, "paidAt": {"type": "string"},
        "day": {"type": "string", "example": "2026-01-02"}, "name": {"type": "string"}, "done": {"type": "string", "format": "date"},
    }}}  # fmt: skip
    notes = Notes()
    find_candidates(
        normalised(document({"/v1/t": {"get": operation("Get", responses=answering(ref("Thing")))}}, schemas)).api,
        notes,
    )

    assert [
        "$.models.Thing.properties.unitPrice: looks like money",
        "$.models.Thing.properties.sum: looks like money (12.50)",
        "$.models.Thing.properties.paidAt: looks like a date",
        "$.models.Thing.properties.day: looks like a date (2026-01-02)",
    ] == notes.candidates


def test_text_of_the_document_does_nothing_in_the_report() -> None:
    """No link, no image, no mention, no code."""
    assert "\\[a\\](http://x) \\`b\\` \\<i\\> @\u200bsomebody \\!\\[\\]" == escaped(
        "[a](http://x) `b` <i> @somebody ![]"
    )


def test_what_several_say_is_said_once() -> None:
    """Fields of one call, calls with the same change, new classes; what stands alone stays as it is."""
    calls = [Change("added", f"things.{name}", "", "optional", noun="argument", parts=("x_trace",)) for name in "abcde"]
    fields = [Change("needed", "things.get", after="required", noun="field", parts=(name,)) for name in "ab"]
    classes = [Change("new", f"Thing{name}", after="things.get", noun="class") for name in "ABC"]
    operations = [Change("new", "things.void", after="POST /v1/things/{id}/void")]

    assert [
        "things.a, things.b, things.c and 2 more: new optional argument 'x_trace'",
        "things.get: fields 'a', 'b' are required now",
        "3 new classes: ThingA, ThingB, ThingC",
        "things.void: new (POST /v1/things/{id}/void)",
    ] == grouped([*calls, *fields, *classes, *operations])


def test_files_are_counted_where_there_are_many() -> None:
    """And named where there are few."""
    many = [f"ledgerbee_client/models/m{number}.py" for number in range(11)]

    assert ["ledgerbee_client/models: 11 files", "openapi/surface.json"] == by_folder([*many, "openapi/surface.json"])
