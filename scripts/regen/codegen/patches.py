"""
What is changed in the generator: five functions, whose parameters are checked before.

An upgrade that moves one of them fails here, by its name, instead of generating something else.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import Any, ClassVar

from attrs import define, field
from openapi_python_client import schema as oai
from openapi_python_client.parser import properties
from openapi_python_client.parser.errors import PropertyError
from openapi_python_client.parser.properties import model_property, schemas
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.strings import ClassName, PythonCode, PythonIdentifier, snake_case

from regen.notes import RefusedError

EVERYWHERE = {
    oai.ParameterLocation.QUERY,
    oai.ParameterLocation.PATH,
    oai.ParameterLocation.HEADER,
    oai.ParameterLocation.COOKIE,
}


@define
class DecimalTextProperty(StringProperty):
    """A decimal number that is text on the wire."""

    _type_string: ClassVar[str] = "Decimal"


@define
class FreeFormProperty(AnyProperty):
    """An object of which nothing is known: `dict[str, Any]`."""

    _type_string: ClassVar[str] = "dict[str, Any]"
    _allowed_locations: ClassVar[set[oai.ParameterLocation]] = EVERYWHERE


@define
class MappingProperty(AnyProperty):
    """An object whose keys are data: `dict[str, T]`."""

    inner_property: PropertyProtocol = field(kw_only=True)
    _allowed_locations: ClassVar[set[oai.ParameterLocation]] = EVERYWHERE

    def get_base_type_string(self) -> PythonCode:
        return PythonCode(f"dict[str, {self.inner_property.get_type_string().as_unembedded_code()}]")


_components: set[str] = set()
_applied: set[str] = set()


def apply_patches(components: Iterable[str]) -> None:
    """Change the generator in this process; `components` are class names already and are left alone."""
    _components.clear()
    _components.update(components)
    for patch in (_decimal_text, _objects, _class_names):
        if patch.__name__ not in _applied:
            patch()
            _applied.add(patch.__name__)


def _expect(place: str, function: Callable[..., Any], parameters: tuple[str, ...]) -> None:
    found = tuple(inspect.signature(function).parameters)
    if found != parameters:
        raise RefusedError(
            f"openapi-python-client {version('openapi-python-client')}: {place} takes ({', '.join(found)}),",
            f"not ({', '.join(parameters)}).",
            "Install the pinned version, or mend scripts/regen/codegen/patches.py and its tests.",
        )


def _decimal_text() -> None:
    """`format: decimal` is a Decimal that is text on the wire."""
    stock = properties._string_based_property
    _expect("parser.properties._string_based_property", stock, ("name", "required", "data", "config"))

    def string_based_property(name: Any, required: bool, data: Any, config: Any) -> Any:
        prop = stock(name=name, required=required, data=data, config=config)
        if data.schema_format == "decimal" and type(prop) is StringProperty:
            common = {
                key: getattr(prop, key)
                for key in ("name", "required", "default", "python_name", "description", "example")
            }
            return DecimalTextProperty.build(**common)
        return prop

    properties._string_based_property = string_based_property


def _objects() -> None:
    """Objects without properties are dictionaries, not empty classes."""
    model: Any = model_property.ModelProperty
    stock = model.build.__func__
    parameters = ("cls", "data", "name", "schemas", "required", "parent_name", "config", "process_properties", "roots")
    _expect("ModelProperty.build", stock, parameters)

    def build(cls: Any, /, *, data: Any, name: Any, schemas: Any, required: bool, config: Any, **more: Any) -> Any:
        common: dict[str, Any] = {
            "name": name,
            "required": required,
            "default": None,
            "python_name": PythonIdentifier(value=name, prefix=config.field_prefix),
            "description": data.description,
            "example": data.example,
        }
        if (data.model_extra or {}).get("x-free-form"):
            return FreeFormProperty.build(**common), schemas
        values = data.additionalProperties
        if data.properties or values is None or isinstance(values, bool):
            return stock(cls, data=data, name=name, schemas=schemas, required=required, config=config, **more)
        inner, schemas = properties.property_from_data(
            name=oai.UntrustedString("value"), required=True, data=values, schemas=schemas, config=config, **more
        )
        if isinstance(inner, PropertyError):
            return inner, schemas
        return MappingProperty(**common, inner_property=inner), schemas

    model.build = classmethod(build)


def _class_names() -> None:
    """Names are settled before the generator sees them; its own rule would take the underscore out of A_1."""
    class_info: Any = schemas.Class
    stock = class_info.from_string
    _expect("Class.from_string", stock, ("string", "config"))

    def from_string(*, string: Any, config: Any) -> Any:
        raw = string.get_untrusted_value() if isinstance(string, oai.UntrustedString) else str(string)
        name = raw.rsplit("/", maxsplit=1)[-1]
        if name not in _components:
            return stock(string=string, config=config)
        module = PythonIdentifier(snake_case(name), config.field_prefix)
        return class_info(name=str.__new__(ClassName, name), module_name=module)

    class_info.from_string = staticmethod(from_string)
