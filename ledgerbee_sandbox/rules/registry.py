"""Rules by the published title of their operation, the one name that survives a new schema."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from attrs import frozen

from ledgerbee_sandbox.rules.call import Call
from ledgerbee_sandbox.schema.titles import fold

Rule = Callable[[Call], Any]

_MODULES = (
    "accounting.company accounting.dimensions accounting.drafts accounting.journal_entries accounting.projects "
    "catalogue.meters catalogue.prices catalogue.products mcp partners.customers partners.payment_methods "
    "partners.vendors portal.plans portal.sso sales.credit_notes sales.invoices sales.quotes "
    "subscriptions.subscriptions webhooks.endpoints"
)
_rules: dict[str, Rule] = {}
_fields_of: dict[str, FieldsOf] = {}


@frozen
class FieldsOf:
    """
    The operation whose answer, or body, describes the fields of a body that is not documented itself.

    What is sent must fit those fields; none of them is required, and others are let through.

    Attributes:
        title: The other operation.
        of: Whether its answer (a row of it, where it is a list) or its body is meant.
        at: The field of the body that is meant; the body itself unless given.
    """

    title: str
    of: Literal["answer", "body"] = "answer"
    at: str = ""


def answers(*titles: str, fields_of: FieldsOf | None = None) -> Callable[[Rule], Rule]:
    """Register a rule for the operations with these titles, whose bodies have the fields of something documented."""

    def register(rule: Rule) -> Rule:
        for title in titles:
            if fold(title) in _rules:
                raise ValueError(f"two rules for {title!r}")
            _rules[fold(title)] = rule
            if fields_of:
                _fields_of[fold(title)] = fields_of
        return rule

    return register


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by folded title."""
    for module in _MODULES.split():
        importlib.import_module(f"ledgerbee_sandbox.rules.{module}")
    return _rules


def rule_for(title: str) -> Rule | None:
    return all_rules().get(fold(title))


def fields_for(title: str) -> FieldsOf | None:
    """Where the fields of an operation's body are described, if not in its own schema."""
    all_rules()
    return _fields_of.get(fold(title))
