"""One package for all tests that only look at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .workshop import Package


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Return the package generated from the small document."""
    return Package(tmp_path_factory.mktemp("generated"))


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Return a directory for a package of the test's own."""
    return tmp_path
