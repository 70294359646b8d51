"""Which credentials an operation takes, and which scopes, whatever the document calls its schemes."""

from __future__ import annotations

from typing import Any

from regen.document.operations import security_schemes

Node = dict[str, Any]


def security_of(security: Any, document: Node) -> str:
    """any, key, oauth or none."""
    schemes = security_schemes(document)
    choices = security if isinstance(security, list) else []
    kinds = {kind_of(name, schemes) for choice in choices if isinstance(choice, dict) for name in choice}
    if not kinds:
        return "none"
    return "any" if len(kinds) > 1 else kinds.pop()


def kind_of(name: str, schemes: Node) -> str:
    """Return `key` or `oauth`. Vendors name their schemes as they like; without a definition the name decides."""
    if name in ("key", "oauth"):
        return name
    kind = schemes.get(name, {}).get("type", "apiKey" if "key" in name.lower() else "oauth2")
    return "key" if kind == "apiKey" else "oauth"


def security_by_kind(security: Any, document: Node) -> list[Any]:
    """The choices with `key` and `oauth` in place of the vendor's names, so that an overlay entry outlives them."""
    schemes = security_schemes(document)
    choices = security if isinstance(security, list) else []
    return [
        {kind_of(name, schemes): scopes for name, scopes in choice.items()}
        for choice in choices
        if isinstance(choice, dict)
    ]


def scopes_of(view: Node) -> list[str] | None:
    """The documented scopes; None where nobody says."""
    listed = view.get("x-required-scopes")
    if isinstance(listed, list):
        return [scope for scope in listed if isinstance(scope, str)]
    found = [
        scope
        for choice in view.get("security") or []
        if isinstance(choice, dict)
        for scopes in choice.values()
        if isinstance(scopes, list)
        for scope in scopes
        if isinstance(scope, str)
    ]
    return list(dict.fromkeys(found)) or None


def kept_security(said: str, before: str | None, *, named: bool, by_hand: bool) -> str:
    """
    The credentials that an operation takes, where the document says less than was known: callers are not locked out.

    Args:
        said: What the document says now.
        before: What was known of the operation.
        named: False where the operation says nothing of security.
        by_hand: True where the overlay says it.
    """
    narrower = before == "any" and said in ("key", "oauth")
    forgotten = said == "none" and not named and before is not None
    return before if before is not None and not by_hand and (narrower or forgotten) else said
