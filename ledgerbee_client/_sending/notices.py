"""Things that come to an end: operations and API keys. Each is said once."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .._base.clock import Clock
from .._base.log import log
from .._base.operations import Operation
from .._base.waits import instant

NOTICE_DAYS = 30


class Ageing:
    """Reads the headers of every answer; remembers what it has said."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: set[str] = set()

    def note(self, operation: Operation, headers: Mapping[str, str]) -> None:
        """Warn of a deprecated operation, and of an API key that expires within 30 days."""
        if (operation.deprecated or "deprecation" in headers) and operation.name not in self._said:
            self._said.add(operation.name)
            sunset = instant(headers.get("sunset"))
            link = re.search(r'<([^<>]{1,200})>[^,]*rel="?successor-version', headers.get("link", ""))
            successor = f"bee.{operation.successor}" if operation.successor else link and link.group(1)
            end = f" and may stop working after {sunset.date()}" if sunset else ""
            end += f"; use {successor} instead." if successor else "."
            log.warning("%s is deprecated%s", operation.name, end)
        expires = headers.get("x-api-key-expires-at")
        if expires is not None and expires not in self._said and (when := instant(expires)):
            days = (when.timestamp() - self._clock.now()) / 86400
            if days <= NOTICE_DAYS:
                self._said.add(expires)
                log.warning("The API key expires at %s, in %.0f days; make a new one and move over.", when.date(), days)
