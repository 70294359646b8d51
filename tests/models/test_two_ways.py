"""Models are read and written fast, or by their tables: whatever comes or is given, both ways end the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from attrs import define
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerbee_client import InvalidValueError, models
from ledgerbee_client._models.answers import read_answer, read_list
from ledgerbee_client._models.compounds import ArrayCodec, LiteralCodec, MappingCodec, NullableCodec, OneOfCodec
from ledgerbee_client._models.jsonio import dumps, loads
from ledgerbee_client._models.model import (
    BOOLEAN,
    DATE,
    DECIMAL_TEXT,
    INSTANT,
    INTEGER,
    NUMBER,
    TEXT,
    EnumCodec,
    Field,
    Model,
    ModelCodec,
    WireError,
    array,
    model,
)
from ledgerbee_client._models.writing import write_array

CLASSES: list[type[Model]] = [
    found for name in models.__all__ if isinstance(found := getattr(models, name), type) and issubclass(found, Model)
]
PLAIN: dict[Any, list[Any]] = {
    TEXT: ["", "Vestergaard Byg", "æ"],
    BOOLEAN: [True, False],
    INTEGER: [0, 25, -3],
    NUMBER: [1, 1.5, 0.1],
    DECIMAL_TEXT: ["10.00", "-0.5", "0"],
    DATE: ["2026-01-15", "2024-02-29"],
    INSTANT: ["2026-01-15T10:30:00.123Z", "2026-01-15T10:30:00Z"],
}
ODD: list[Any] = [
    None, True, 0, 12, 12.5, 12.0, 1e300, "", " 1 ", "1_000", "NaN", "1e400", "½", "2026-02-30", "20260115",
    "2026-W01-1", "2026-01-15T10:30:00+02:00", "2026-01-15T10:30:00", "2026-01-15t10:30:00z", [], [None],
    ["x"], [[1]], {}, {"id": 5}, [{}], 10**20, "12345678901234567890123456789.123456789",
]  # fmt: skip


class Source:
    """JSON for codecs: plain, with some parts that are odd, missing or new."""

    def __init__(self, chance: Random, odd: float) -> None:
        self.chance, self.odd = chance, odd

    def value(self, codec: Any, depth: int = 0) -> Any:  # noqa: PLR0911
        """Make a value that a codec should read, or an odd one."""
        if self.chance.random() < self.odd:
            return self.chance.choice(ODD)
        match codec:
            case NullableCodec():
                return self.value(codec.item, depth)
            case ArrayCodec():
                count = self.chance.randrange(not self.odd, 3) if depth < 3 else 0
                return [self.value(codec.item, depth + 1) for _ in range(count)]
            case MappingCodec():
                return {"a": self.value(codec.item, depth + 1)}
            case ModelCodec():
                return self.fields(codec.cls, depth + 1)
            case EnumCodec():
                return self.chance.choice([str(next(iter(codec.cls))), "a value of tomorrow"])
            case LiteralCodec():
                return codec.values[0]
            case OneOfCodec():
                return self.value(self.chance.choice(codec.codecs), depth)
            case _:
                return self.chance.choice(PLAIN.get(codec, ["x"]))

    def fields(self, cls: Any, depth: int = 0) -> dict[str, Any]:
        """Make the fields of a model."""
        missing = self.odd / 2
        optional = 0.4 if self.odd else 0
        there = {f.wire: f for f in cls._wire if self.chance.random() >= (missing if f.required else optional)}
        fields = {wire: self.value(field.codec, depth) for wire, field in there.items() if depth < 5 or field.required}
        return fields | ({"newField": 1.5} if self.chance.random() < missing else {})


def variants(value: Any) -> Iterator[Any]:
    """Yield a JSON value with each of its parts left out, or exchanged for each odd one."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield {name: item for name, item in value.items() if name != key}
            for variant in (*ODD, *variants(part)):
                yield {**value, key: variant}
    elif isinstance(value, list):
        for number, part in enumerate(value):
            for variant in (*ODD, *variants(part)):
                yield [*value[:number], variant, *value[number + 1 :]]


def outcome(act: Callable[..., Any], *given: Any) -> str:
    """Return what came of it or why nothing did; the repr, since 1 == True, and an enum member equals its text."""
    try:
        return repr(act(*given))
    except WireError as error:
        return str(error)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Odd values are logged; that is another test's subject."""
    caplog.set_level("ERROR", logger="ledgerbee_client")


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_an_odd_part_at_any_place_is_read_the_same_both_ways(cls: type[Model]) -> None:
    """One at a time: null, a value of another kind, nothing at all."""
    codec = model(cls)
    for variant in variants(Source(Random(1), 0).fields(cls)):
        body = json.dumps(variant).encode()
        assert outcome(codec.read, loads(body), "") == outcome(read_answer, codec, body)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(chance=st.randoms(use_true_random=False), odd=st.sampled_from([0.0, 0.05, 0.3]))
def test_every_answer_is_read_the_same_both_ways(cls: type[Model], chance: Random, odd: float) -> None:
    """Nulls, wrong types, missing and new fields, at every place of every model."""
    source, codec = Source(chance, odd), model(cls)
    rows = [source.fields(cls) for _ in range(3)]
    one, page = json.dumps(rows[0]).encode(), json.dumps({"data": rows, "total": 3}).encode()

    assert outcome(codec.read, loads(one), "") == outcome(read_answer, codec, one)
    listed = outcome(array(codec).read, loads(page)["data"], "")
    assert outcome(lambda: read_list(codec, page).items) in {listed, f"data.{listed}"}


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(chance=st.randoms(use_true_random=False), odd=st.sampled_from([0.0, 0.05, 0.3]))
def test_every_value_is_written_the_same_both_ways(cls: type[Model], chance: Random, odd: float) -> None:
    """Models and mappings of wire names; what the table refuses is never written."""
    source, codec = Source(chance, odd), model(cls)
    mappings = [loads(json.dumps(source.fields(cls))) for _ in range(3)]
    given: list[list[Any]] = [mappings]
    with suppress(WireError):
        given.append([cls.from_dict(mapping) for mapping in mappings])
    for values in given:
        fast = write_array(codec, values)
        try:
            table = loads(dumps([codec.write(value, "") for value in values]))
        except InvalidValueError:
            table = None
        assert fast is None or loads(fast) == table


@define(kw_only=True, repr=False)
class Empty(Model):
    """A model of which nothing is known."""


@define(kw_only=True, repr=False)
class Holder(Model):
    """A model with a list of them."""

    _wire = (Field("empties", "empties", array(model(Empty))), Field("one", "one", model(Empty), required=False))
    empties: list[Empty]
    one: Empty | None = None


def test_null_among_models_without_fields_is_none() -> None:
    """As everywhere else, and not an empty model."""
    found = read_answer(model(Holder), b'{"empties": [null, {}], "one": null}')

    assert [None, Empty()] == found.empties
    assert found.one is None
    [none, kept] = read_answer(model(Holder), b'{"empties": [null, {"a": 1.5}]}').empties
    assert none is None
    assert {"a": Decimal("1.5")} == kept.unknown_fields
