"""One thing that changed for users, and how the report says it."""

from __future__ import annotations

from dataclasses import dataclass

MOST_NAMES = 40

TEXTS = {
    "new": "new ({after})",
    "removed": "removed ({before})",
    "changed": "{subject} {before} -> {after}",
    "added": "new {after} {subject}",
    "lost": "{subject} {before} removed",
    "needed": "{subject} {be} {after} now",
    "moved": "{subject} moved from {before} to {after}",
    "renamed": "{subject} is called {after}, not {before}",
    "sent as": "{subject} is sent as '{after}', not '{before}'",
    "default": "{subject}: default of the server {before} -> {after}",
    "repeated": "{after} repeated after an unknown outcome",
    "deprecated": "{after}",
    "body added": "takes a body now ({after})",
    "body removed": "takes no body any more",
    "described": "{subject} is described now, {after}",
    "class renamed": "called {after} now; the old name warns",
    "class taken over": "taken over by {after} now; the old name warns",
    "alias lost": "the old name is gone with its class",
    "no longer words": "a list of words became an object, or the other way round",
    "conversion lost": "{subject} matched until now and matches nothing any more",
    "narrowed": "{subject} {after} {before} no longer",
}


@dataclass(frozen=True)
class Change:
    """
    One thing that users could notice.

    Attributes:
        kind: What happened, one of `TEXTS`.
        name: The calls or the class that it is about.
        before: What it was.
        after: What it is.
        breaking: True where code that worked may work no longer.
        noun: What of it: a field, an argument, a value.
        parts: The names of those.
    """

    kind: str
    name: str
    before: str = ""
    after: str = ""
    breaking: bool = False
    noun: str = ""
    parts: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """What happened, without to whom."""
        several = len(self.parts) > 1
        shown = ", ".join(map(repr, self.parts[:MOST_NAMES]))
        more = f" and {len(self.parts) - MOST_NAMES} more" if len(self.parts) > MOST_NAMES else ""
        subject = f"{self.noun}{'s' if several else ''} {shown}{more}".strip()
        text = TEXTS[self.kind].format(
            subject=subject, be="are" if several else "is", before=self.before, after=self.after
        )
        return " ".join(text.split())

    @property
    def text(self) -> str:
        """The line of the report."""
        return f"{self.name}: {self.said}"
