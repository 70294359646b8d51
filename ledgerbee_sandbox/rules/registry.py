"""Rules by the published title of their operation, the one name that survives a new schema."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from ledgerbee_sandbox.rules.call import Call

Rule = Callable[[Call], Any]

_MODULES = (
    "company customers vendors dimensions products prices projects invoices credit_notes quotes journal_entries drafts "
    "subscriptions meters portal_sso portal_plans payment_methods webhook_endpoints mcp"
)
_rules: dict[str, Rule] = {}


def fold(title: str) -> str:
    """Make titles comparable: case, curly quotes, dashes and runs of spaces do not count."""
    straight = title.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-"})
    return re.sub(r"\s+", " ", straight).strip().casefold()


def answers(*titles: str) -> Callable[[Rule], Rule]:
    """Register a rule for the operations with these titles."""

    def register(rule: Rule) -> Rule:
        for title in titles:
            if fold(title) in _rules:
                raise ValueError(f"two rules for {title!r}")
            _rules[fold(title)] = rule
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
