"""The budget of the OAuth endpoints: so many requests in each sliding window."""

from __future__ import annotations

from collections import defaultdict, deque

LIMIT = 10
WINDOW_SECONDS = 60


class RateLimit:
    """
    Ten requests per bucket and minute. Times are Unix seconds, given by the caller.

    Only whole seconds count, as in `X-Rate-Limit-Reset`: a request after that second is counted anew.
    """

    def __init__(self) -> None:
        self._buckets: dict[str, deque[float]] = defaultdict(deque)

    def take(self, bucket: str, now: float) -> bool:
        """Count one request; False, and nothing counted, where the bucket is empty."""
        times = self._current(bucket, now)
        if len(times) >= LIMIT:
            return False
        times.append(now)
        return True

    def left(self, bucket: str, now: float) -> int:
        return LIMIT - len(self._current(bucket, now))

    def resets_at(self, bucket: str, now: float) -> int:
        """The Unix second in which the next request leaves the bucket."""
        times = self._current(bucket, now)
        return int(times[0] if times else now) + WINDOW_SECONDS

    def clear(self) -> None:
        self._buckets.clear()

    def _current(self, bucket: str, now: float) -> deque[float]:
        times = self._buckets[bucket]
        while times and not now < int(times[0]) + WINDOW_SECONDS <= now + WINDOW_SECONDS:
            times.popleft()
        return times
