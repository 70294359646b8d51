"""
What the generator is taught: four small things, each asserted before it is changed.

An upgrade that moves one of them fails here, by its name, instead of generating something else.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, cast

from attrs import define, field
from openapi_python_client import schema as oai
from openapi_python_client.parser import properties
from openapi_python_client.parser.errors import PropertyError
from openapi_python_client.parser.properties import model_property, schemas
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.strings import ClassName, PythonCode, PythonIdentifier, snake_case

from regen.generate_errors import GenerationError

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


def teach(components: Iterable[str]) -> None:
    """Change the generator in this process; `components` are class names already and are left alone."""
    _decimal_text()
    _objects()
    _class_names(frozenset(components))


def _expect(place: str, function: Callable[..., Any], parameters: tuple[str, ...]) -> None:
    found = tuple(inspect.signature(function).parameters)
    if found != parameters:
        raise GenerationError(
            [
                f"openapi-python-client has changed: {place} takes ({', '.join(found)}), not ({', '.join(parameters)}).",
                "Install the pinned version, or mend scripts/regen/generate_patches.py and its tests.",
            ]
        )


def _decimal_text() -> None:
    stock = properties._string_based_property
    _expect("parser.properties._string_based_property", stock, ("name", "required", "data", "config"))

    def string_based_property(name: Any, required: bool, data: Any, config: Any) -> Any:
        prop = stock(name=name, required=required, data=data, config=config)
        if data.schema_format == "decimal" and type(prop) is StringProperty:
            return DecimalTextProperty.build(
                name=prop.name,
                required=prop.required,
                default=prop.default,
                python_name=prop.python_name,
                description=prop.description,
                example=prop.example,
            )
        return prop

    properties._string_based_property = string_based_property


def _objects() -> None:
    model = model_property.ModelProperty
    stock = model.build.__func__
    parameters = ("cls", "data", "name", "schemas", "required", "parent_name", "config", "process_properties", "roots")
    _expect("ModelProperty.build", stock, parameters)

    def build(cls: Any, *, data: Any, name: Any, schemas: Any, required: bool, config: Any, **more: Any) -> Any:
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
            name=oai.UntrustedString("value"),
            required=True,
            data=values,
            schemas=schemas,
            parent_name=more["parent_name"],
            config=config,
            process_properties=more["process_properties"],
            roots=more["roots"],
        )
        if isinstance(inner, PropertyError):
            return inner, schemas
        return MappingProperty(**{**common, "inner_property": inner}), schemas

    model.build = classmethod(build)


def _class_names(components: frozenset[str]) -> None:
    stock = schemas.Class.from_string
    _expect("Class.from_string", stock, ("string", "config"))

    def from_string(*, string: Any, config: Any) -> Any:
        raw = schemas.get_reference_simple_name(
            oai.UntrustedString(getattr(string, "get_untrusted_value", lambda: string)())
        )
        name = raw.get_untrusted_value()
        if name not in components:
            return stock(string=string, config=config)
        # Names are settled before the generator sees them; its own rule would take the underscore out of A_1.
        module = PythonIdentifier(snake_case(name), config.field_prefix)
        return schemas.Class(name=cast("ClassName", str.__new__(ClassName, name)), module_name=module)

    schemas.Class.from_string = staticmethod(from_string)
