"""What all resources have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .calls import Calls


class Resource:
    """Base of the resources: the calls behind them, and how they are shown."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __repr__(self) -> str:
        """Show the methods."""
        names = [name for kind in reversed(type(self).__mro__) for name in vars(kind) if not name.startswith("_")]
        return f"<{type(self).__name__}: {', '.join(f'{name}()' for name in names)}>"
