"""Files that are written beside their place and renamed: whole, or not there."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

if sys.platform != "win32":
    import fcntl


class PartFile:
    """
    The file beside a place, until it takes that place.

    A link is followed, and an older file's mode is kept. What a killed process left is removed by the next `open()` for
    the same place; what a living one is writing is locked, and left alone.

    Raises:
        ValueError: `path` is no place for a file, in words.
    """

    def __init__(self, path: object) -> None:
        if not isinstance(path, (str, os.PathLike)):
            raise ValueError(f"a path of type {type(path).__name__} is no place for a file; give a text or a Path")  # noqa: TRY004
        try:
            given = Path(os.fspath(path))  # pyright: ignore[reportUnknownArgumentType]
            os.fsencode(given)
        except (TypeError, UnicodeEncodeError):
            raise ValueError(f"{path!r} is no place for a file") from None
        if not given.name or "\0" in str(given):
            raise ValueError(f"{str(given)!r} is no place for a file")
        self.given: Path = given
        self._target = Path(os.path.realpath(given))
        digest = hashlib.sha256(os.fsencode(self._target.name)).hexdigest()[:16]
        self._stem = f".ledgerbee-{digest}-"
        self._path = self._target.with_name(f"{self._stem}{secrets.token_hex(8)}.part")

    def open(self) -> BinaryIO:
        """Remove what others left, and begin to write."""
        for left in self._target.parent.glob(f"{self._stem}*.part"):
            with suppress(OSError), left.open("rb") as abandoned:
                if _lock(abandoned):
                    left.unlink()
        file = self._path.open("xb")
        _lock(file)
        return file

    def finish(self, file: BinaryIO) -> None:
        """Write what is buffered to the disk, and give it the mode of an older file."""
        file.flush()
        with suppress(OSError):
            self._path.chmod(stat.S_IMODE(self._target.stat().st_mode))
        os.fsync(file.fileno())

    def take_place(self) -> None:
        """Put it in the place of an older file."""
        self._path.replace(self._target)

    def remove(self) -> None:
        """Remove it, where it is still there."""
        with suppress(OSError):  # Where it could not be made, looking for it may fail too.
            self._path.unlink()


def _lock(file: BinaryIO) -> bool:
    """Lock a file while it is open; False where another process has. Where there are no locks, an open file stays."""
    if sys.platform != "win32":
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True
