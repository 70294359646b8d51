"""Amounts are Decimal from the moment they are read; this is the only place that rounds them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
LIMIT = Decimal(10) ** 12
_DIGITS = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def decimal(value: object) -> Decimal | None:
    """Read a JSON number or a decimal string; None where it is neither, or too large to be reckoned with exactly."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal | float):
        return None
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        return None
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    return number if number.is_finite() and abs(number) < LIMIT else None


def cents(amount: Decimal) -> Decimal:
    """Round half away from zero to two places, as invoices do."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def text(amount: Decimal) -> str:
    """Write a decimal string with at least two places: `99.9` becomes `99.90`."""
    digits = f"{amount:f}"
    return digits if len(digits.partition(".")[2]) >= 2 else f"{amount:.2f}"


def plain(value: Decimal) -> int | float:
    """Write a JSON number: 12, not 12.0; 12.5."""
    return int(value) if value == value.to_integral_value() else float(value)
