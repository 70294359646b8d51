"""Rules by the published title of their operation, the one name that survives a new schema."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from attrs import frozen

from ledgerbee_sandbox.rules.call import Call

Rule = Callable[[Call], Any]

_MODULES = (
    "company customers vendors dimensions products prices projects invoices credit_notes quotes journal_entries drafts "
    "subscriptions meters portal_sso portal_plans payment_methods webhook_endpoints mcp"
)
_rules: dict[str, Rule] = {}
_likenesses: dict[str, list[Like]] = {}


@frozen
class Like:
    """
    Where the fields of an undocumented body are described after all: in the answer, or the body, of another operation.

    What is sent must fit those fields; nothing of them is required, and others are let through.

    Attributes:
        title: The other operation.
        of: Whether its answer (a row of it, where it is a list) or its body is meant.
        at: The field of the body that is meant; the body itself unless given.
    """

    title: str
    of: Literal["answer", "body"] = "answer"
    at: str = ""


def fold(title: str) -> str:
    """Make titles comparable: case, curly quotes, dashes and runs of spaces do not count."""
    straight = title.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-"})
    return re.sub(r"\s+", " ", straight).strip().casefold()


def answers(*titles: str, like: Like | None = None) -> Callable[[Rule], Rule]:
    """Register a rule for the operations with these titles, whose bodies are like something documented."""

    def register(rule: Rule) -> Rule:
        for title in titles:
            if fold(title) in _rules:
                raise ValueError(f"two rules for {title!r}")
            _rules[fold(title)] = rule
            if like:
                _likenesses.setdefault(fold(title), []).append(like)
        return rule

    return register


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by folded title."""
    for module in _MODULES.split():
        importlib.import_module(f"ledgerbee_sandbox.rules.{module}")
    return _rules


def likenesses_of(title: str) -> list[Like]:
    all_rules()
    return _likenesses.get(fold(title), [])


def rule_for(title: str) -> Rule | None:
    return all_rules().get(fold(title))
