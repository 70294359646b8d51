"""A line of the report: a goal, our figure, and the peers beside it."""

from __future__ import annotations

from typing import Any, Literal

from attrs import asdict, field, frozen


@frozen(kw_only=True)
class Line:
    """
    One measured promise.

    Attributes:
        what: What was done.
        base: The column that counts as 1, or what the figure is counted in.
        goal: What our figure should be at most, or at least where `sense` says so; None where peers only are shown.
        figures: Column to figure; ours is called `ledgerbee`, an extra of ours `ledgerbee[...]`.
        ours: The column that the goal is for.
        unit: Written behind the figures: `x` for ratios.
        floor: What nobody could go below, and how it is known.
        cause: Why the goal is missed, where it is.
    """

    what: str
    base: str
    goal: float | None
    figures: dict[str, float] = field()
    ours: str = "ledgerbee"
    sense: Literal["at most", "at least"] = "at most"
    unit: str = "x"
    floor: str = ""
    cause: str = ""

    @property
    def figure(self) -> float:
        """What we measured of ourselves."""
        return self.figures[self.ours]

    @property
    def met(self) -> bool:
        """Whether the goal is met, by what the table shows."""
        if self.goal is None:
            return True
        shown = round(self.figure, 2)
        return shown <= self.goal if self.sense == "at most" else shown >= self.goal


@frozen(kw_only=True)
class Section:
    """Lines that were measured in one run."""

    title: str
    how: str
    lines: list[Line]

    def to_dict(self) -> dict[str, Any]:
        """Return what goes through a pipe."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Section:
        """Read what came through a pipe."""
        return cls(title=data["title"], how=data["how"], lines=[Line(**line) for line in data["lines"]])
