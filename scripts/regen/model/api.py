"""The API as the SDK offers it: endpoints, models and enums, under the names that users type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from regen.naming.words import first_sentence

Schema = dict[str, Any]
"""A schema in the one dialect, every class in it a reference: `{"$ref": "#/components/schemas/Invoice"}`."""


@dataclass(frozen=True)
class Value:
    """
    A value that is given or answered.

    Attributes:
        wire: Its name in the API's JSON, path, query or header.
        name: Its name in Python.
        schema: What it is; its `description` says also what the type cannot.
        required: False where it may be left out.
        limits: The document's limits on it, and those of its items under `items.`.
        default: What the server takes where nothing is sent.
    """

    wire: str
    name: str
    schema: Schema
    required: bool
    limits: dict[str, Any] = field(default_factory=dict)
    default: str | None = None

    @property
    def description(self) -> str:
        """What is said of it."""
        return str(self.schema.get("description", ""))


@dataclass(frozen=True)
class Field(Value):
    """A field of a model."""


@dataclass(frozen=True)
class Argument(Value):
    """An argument of a method; `place` is path, query or header."""

    place: str = "query"
    comma_joined: bool = False


@dataclass(frozen=True)
class Body:
    """What a request takes; `documented` is False where nobody knows its fields, `form` True for a form with files."""

    schema: Schema
    required: bool = True
    documented: bool = True
    description: str = ""
    form: bool = False


@dataclass(frozen=True)
class Batch:
    """The array that a batch sends, how many entries it takes, and the array of what was booked in the answer."""

    field: str = "entries"
    minimum: int = 1
    maximum: int = 100
    answers: str | None = None


@dataclass(frozen=True)
class Refusal:
    """A documented error."""

    status: int
    code: str | None
    when: str


@dataclass(frozen=True)
class Deprecation:
    """What takes the place of an operation, and until when that one works."""

    successor: str | None = None
    sunset: str | None = None


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """
    One method of one resource.

    Attributes:
        kind: `one` is awaited, `list` are lazy pages, `batch` takes many entries, `file` is downloaded.
        many: The method that packs any number of entries into batches.
        security: any, key, oauth or none.
        repeatable: True where it may be sent again although it may have arrived; `reason` says why.
        scopes: What the credentials need; None where nobody says.
        documentation: full, partial or title-only.
        answer: What a success answers; None for nothing and for a file.
        media: The media type of a file, or of an answer that is text and no JSON.
        derived: True where nobody chose its name.
    """

    resource: str
    method: str
    http_method: str
    path: str
    kind: str = "one"
    many: str | None = None
    tag: str = ""
    title: str = ""
    description: str = ""
    security: str = "any"
    repeatable: bool = False
    reason: str = ""
    scopes: tuple[str, ...] | None = None
    deprecation: Deprecation | None = None
    documentation: str = "full"
    inferred: bool = False
    docs_url: str = ""
    paged: bool = False
    first_page: int = 1
    limit_max: int | None = None
    refusals: tuple[Refusal, ...] = ()
    idempotency_header: str | None = None
    arguments: tuple[Argument, ...] = ()
    body: Body | None = None
    batch: Batch | None = None
    answer: Schema | None = None
    media: str = ""
    derived: bool = False

    @property
    def name(self) -> str:
        """`invoices.list`."""
        return f"{self.resource}.{self.method}"

    @property
    def summary(self) -> str:
        """Its title as a sentence."""
        return first_sentence(self.title or self.request)

    @property
    def request(self) -> str:
        """`GET /v1/invoices`."""
        return f"{self.http_method} {self.path}"

    def at(self, place: str) -> list[Argument]:
        """The arguments of one place, in order."""
        return [argument for argument in self.arguments if argument.place == place]


@dataclass(frozen=True)
class Resource:
    """A group of methods: an attribute of the client."""

    name: str
    class_name: str
    description: str = ""
    docs_url: str = ""
    mixin: str | None = None


@dataclass(frozen=True, kw_only=True)
class Class:
    """A class in `models/`: the places where it stands, and whether requests, answers or both hold it."""

    name: str
    description: str = ""
    sites: tuple[str, ...] = ()
    sides: tuple[str, ...] = ("response",)


@dataclass(frozen=True, kw_only=True)
class Model(Class):
    """An object; without fields where nobody documented them."""

    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Enum(Class):
    """A list of words: the member of each value."""

    members: dict[str, str]


@dataclass(frozen=True)
class Api:
    """
    All of it.

    Attributes:
        external: Handwritten classes that stand for models, `module:Class` by name.
        aliases: Former names of classes, with those they have now.
        conversions: How often each action of the overlay matched.
        site_values: The values of an enum at each place, where several places share it.
    """

    endpoints: dict[str, Endpoint]
    resources: dict[str, Resource]
    classes: dict[str, Model | Enum]
    external: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    conversions: dict[str, int] = field(default_factory=dict)
    site_values: dict[str, list[str]] = field(default_factory=dict)

    def of(self, resource: str) -> list[Endpoint]:
        """The endpoints of a resource, in order."""
        return [endpoint for endpoint in self.endpoints.values() if endpoint.resource == resource]
