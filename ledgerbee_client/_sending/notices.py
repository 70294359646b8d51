"""Notices of what comes to an end: deprecated operations, and API keys that expire soon."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .._base.clock import Clock
from .._base.log import log
from .._base.operations import Operation
from .._base.waits import instant

NOTICE_DAYS = 30


class DeprecationNotices:
    """Reads the headers of every answer, and logs each notice once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._logged: set[str] = set()

    def note(self, operation: Operation, headers: Mapping[str, str]) -> None:
        """Warn of a deprecated operation, and of an API key that expires within 30 days."""
        if (operation.deprecated or "deprecation" in headers) and operation.name not in self._logged:
            self._logged.add(operation.name)
            sunset = instant(headers.get("sunset"))
            link = re.search(r'<([^<>]{1,200})>[^,]*rel="?successor-version', headers.get("link", ""))
            successor = f"bee.{operation.successor}" if operation.successor else link and link.group(1)
            end = f" and may stop working after {sunset.date()}" if sunset else ""
            end += f"; use {successor} instead." if successor else "."
            log.warning("%s is deprecated%s", operation.name, end)
        expires = headers.get("x-api-key-expires-at")
        if expires is not None and expires not in self._logged and (when := instant(expires)):
            days = (when.timestamp() - self._clock.now()) / 86400
            if days <= NOTICE_DAYS:
                self._logged.add(expires)
                log.warning("The API key expires at %s, in %.0f days; make a new one and move over.", when.date(), days)
