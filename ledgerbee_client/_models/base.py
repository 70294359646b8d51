"""
The base of all models: each class carries a table of attribute, wire name and codec, and is read and written by it.

The table decides. What reads or writes faster (`reading`, `writing`) gives the same models, bytes and errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, TypeVar

from attrs import Attribute, define
from attrs import field as attrs_field

from .._base.log import log
from .._base.shapes import is_list, is_object
from ..types import UNSET
from .codecs import Codec, WireError, WireValue, join, json_type
from .jsonio import loads, to_text

M = TypeVar("M", bound="Model")
_MOST_UNKNOWN_NAMES = 32
_SECRET = re.compile(r"(?i)secret|token|passw|pin$|key$|credential|authori[sz]|signature|cookie|cvc|cvv|handoffref")


class Field(NamedTuple):
    """
    One line of a model's table.

    Attributes:
        name: Attribute in Python.
        wire: Name in JSON.
        codec: How its value is read and written.
        required: True if the schema promises the field; one that does not come all the same is UNSET.
        secret: True if `repr` shows `***` in its place.
    """

    name: str
    wire: str
    codec: Codec[Any]
    required: bool = True
    secret: bool = False


def unknown_last(cls: type[Any], fields: list[Attribute[Any]]) -> list[Attribute[Any]]:
    """Put what a model keeps of unknown fields behind its own, so that its signature begins with those."""
    return sorted(fields, key=lambda field: field.name == "_unknown")


@define(kw_only=True, repr=False)
class Model(WireValue):
    """
    Base of every model: attributes in Python, and `model["wireName"]` for what the wire carries, declared or not.

    Fields that the schema does not know are kept in `unknown_fields` and never sent back.
    """

    _wire: ClassVar[tuple[Field, ...]] = ()
    if TYPE_CHECKING:

        @property
        def _unknown(self) -> dict[str, Any] | None: ...
    else:
        # A field, so that it survives evolve and pickle, but no argument that an editor should offer.
        _unknown: dict[str, Any] | None = attrs_field(default=None, alias="_unknown")

    # Without this, Python would try to iterate over model[0], model[1], ...
    __iter__: ClassVar[None] = None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """
        Read what `to_dict()` or `json.loads` gave, by wire names.

        Use `from_json()` for text: `json.loads` makes floats of fractions, and digits beyond a float's are gone.

        Raises:
            UnreadableAnswerError: this is no mapping.
        """
        return read_model(cls, data)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """
        Read what `to_json()` gave, or the body of an answer; a number with a fraction becomes a Decimal, exact.

        Raises:
            UnreadableAnswerError: this is not JSON, or no object.
        """
        try:
            data = loads(text)
        except ValueError:
            raise WireError("", "JSON", "something else") from None
        return read_model(cls, data)

    def to_dict(self) -> dict[str, Any]:
        """
        Return all that was read or set as JSON values, for showing and storing: `from_dict()` reads it back.

        Numbers with a fraction are Decimals, dates are texts as on the wire, UNSET fields are left out. Fields that the
        schema does not know are there too; what is sent to the API leaves those out.
        """
        return {f.wire: f.codec.to_json(value) for f, value in self._set_fields()} | (self._unknown or {})

    def to_json(self) -> str:
        """
        Return `to_dict()` as JSON text, Decimals as numbers with all their digits: `from_json()` reads it back.

        Raises:
            InvalidValueError: a field was set to something that is no JSON, such as NaN.
        """
        return to_text(self.to_dict())

    def check(self) -> None:
        """
        Refuse what would be refused before sending, for instance ahead of a long run.

        Raises:
            InvalidValueError: a value that the API could only misread; `where` says which.
        """
        self.to_wire("")

    def to_wire(self, path: str) -> dict[str, Any]:
        """
        Return what is sent.

        Args:
            path: Where the model stands in the body, for errors; empty for the whole body.

        Raises:
            InvalidValueError: a value that the API could only misread.
        """
        return {field.wire: write_field(field, value, path) for field, value in self._set_fields()}

    @property
    def unknown_fields(self) -> dict[str, Any]:
        """A copy of the fields that came and that the schema does not know, by wire name."""
        return dict(self._unknown or ())

    def get(self, wire: str, default: Any = None) -> Any:
        """Return the field's JSON value by its name on the wire, or `default` if it did not come."""
        for field, value in self._set_fields():
            if field.wire == wire:
                return field.codec.to_json(value)
        return (self._unknown or {}).get(wire, default)

    def __getitem__(self, wire: str) -> Any:
        """Return the field's JSON value by its name on the wire; KeyError if it did not come."""
        value = self.get(wire, UNSET)
        if value is UNSET:
            meant = [field.wire for field in self._wire if field.name == wire != field.wire]
            raise KeyError(f"{wire}: by its name on the wire, {meant[0]}, or as an attribute" if meant else wire)
        return value

    def __contains__(self, wire: object) -> bool:
        """Return True if the field came or was set, by its name on the wire."""
        return any(field.wire == wire for field, _ in self._set_fields()) or wire in (self._unknown or ())

    def __repr__(self) -> str:
        """Show what is set; `***` in place of secrets, and of unknown fields whose names say that they may be."""
        texts = [
            f"{field.name}={'***' if field.secret and value else repr(value)}" for field, value in self._set_fields()
        ]
        if self._unknown:
            texts.append(f"unknown_fields={_without_secrets(self._unknown)!r}")
        return f"{type(self).__name__}({', '.join(texts)})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Let pydantic, and so FastAPI, take models and mappings of wire names, and write models as the API does."""
        from .pydantic_schema import core_schema_of

        return core_schema_of(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        """Name the fields, and no types: reading keeps values of any kind."""
        required = [field.wire for field in cls._wire if field.required]
        properties: dict[str, Any] = {field.wire: {"title": field.wire} for field in cls._wire}
        return {"type": "object", "title": cls.__name__, "properties": properties, "required": required}

    def _set_fields(self) -> list[tuple[Field, Any]]:
        return [(field, value) for field in self._wire if (value := getattr(self, field.name)) is not UNSET]


def _without_secrets(value: Any) -> Any:
    if is_object(value):
        return {
            key: "***" if item and _SECRET.search(str(key)) else _without_secrets(item) for key, item in value.items()
        }
    return [_without_secrets(item) for item in value] if is_list(value) else value


learned: list[type[Model]] = []
"""Classes of which something was learned from answers, in order: a class once for each time."""
unknown_names_by_class: dict[type[Model], tuple[str, ...]] = {}
"""Fields that came and that the schema does not know, by class: at most 32 of each."""


def _remember(cls: type[Model], names: Iterable[Any]) -> None:
    known = unknown_names_by_class.get(cls, ())
    plain = [name for name in names if isinstance(name, str) and name.isprintable() and not {*name} & {*'"\\'}]
    if new := [name for name in plain if name not in known]:
        unknown_names_by_class[cls] = (*known, *new)[:_MOST_UNKNOWN_NAMES]
        learned.append(cls)


missing_names_by_class: dict[type[Model], frozenset[str]] = {}
"""Fields that the schema promises and that did not come, by class and wire name."""


def note_missing(cls: type[Model], wire: str) -> None:
    """Remember that a promised field did not come, and log it the first time."""
    known = missing_names_by_class.get(cls, frozenset())
    if wire not in known:
        missing_names_by_class[cls] = known | {wire}
        learned.append(cls)
        log.warning("%s.%s: promised by the schema, and not in the answer; it is UNSET (said once)", cls.__name__, wire)


def read_model(cls: type[M], data: Any) -> M:
    """Read one model by its table; null becomes None, what is missing UNSET, and a value of another kind is kept."""
    if not is_object(data):
        raise WireError("", f"an object ({cls.__name__})", json_type(data))
    values: dict[str, Any] = {}
    missing: list[str] = []
    for name, wire, codec, required, _ in cls._wire:  # pyright: ignore[reportPrivateUsage]
        if wire in data:
            values[name] = codec.read_inside(data[wire], f"{cls.__name__}.{wire}")
        elif required:
            missing.append(name)
            note_missing(cls, wire)
    if len(values) < len(data):
        known = {field.wire for field in cls._wire}  # pyright: ignore[reportPrivateUsage]
        values["_unknown"] = {key: value for key, value in data.items() if key not in known}
        _remember(cls, values["_unknown"])
    return cls(**values, **dict.fromkeys(missing, UNSET))


def is_empty(model: Model) -> bool:
    """Return True if none of the fields came, though the schema promises some."""
    table = model._wire  # pyright: ignore[reportPrivateUsage]
    return any(field.required for field in table) and all(getattr(model, field.name) is UNSET for field in table)


def write_field(field: Field, value: Any, path: str) -> Any:
    """Write one field. Null passes where the field is optional: the API takes it there, whatever its schema says."""
    return None if value is None and not field.required else field.codec.write(value, join(path, field.wire))
