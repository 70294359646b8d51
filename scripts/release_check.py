"""
Check what would be published: `make release-check` builds it into dist/ and runs this.

    python scripts/release_check.py                 # metadata, README, the wheel's tests
    python scripts/release_check.py --tag v0.2.0    # and that the version and the CHANGELOG say the same

The README's first block runs in an environment that has the wheel and nothing of this repository.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from email import message_from_bytes
from pathlib import Path

from test_wheel import ROOT, environment, run

DIST = ROOT / "dist"
RELATIVE = re.compile(r"\]\((?!https?:|mailto:|#)[^)]*\)")
FIRST_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_SHIPPED = re.compile(r"/(\.github|\.ci|\.venv|node_modules|__pycache__)/")


def the_one(pattern: str) -> Path:
    """Return the only file of a kind in dist/."""
    found = sorted(DIST.glob(pattern))
    if len(found) != 1:
        sys.exit(f"dist/ holds {len(found)} files {pattern}, expected one; empty it and build again.")
    return found[0]


def description(wheel: Path) -> tuple[str, str]:
    """Return the version and the README as the index would show them."""
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        message = message_from_bytes(archive.read(metadata))
    payload = message.get_payload(decode=True)
    return str(message["Version"]), payload.decode("utf-8") if isinstance(payload, bytes) else ""


def wrong_about(wheel: Path, sdist: Path, tag: str | None) -> list[str]:
    """Return what is wrong about the files as they are, in sentences."""
    version, readme = description(wheel)
    wrong = [
        f"the README links to {link[0][2:-1]}, which leads nowhere on the index" for link in RELATIVE.finditer(readme)
    ]
    with tarfile.open(sdist) as archive:
        wrong += [f"the sdist holds {name}" for name in archive.getnames() if NOT_SHIPPED.search(f"{name}/")]
    if tag is not None:
        if tag != f"v{version}":
            wrong.append(f"the tag is {tag}, and the version is {version}")
        if f"\n## [{version}]" not in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"):
            wrong.append(f"CHANGELOG.md has no heading ## [{version}]")
    return wrong


def run_readme(wheel: Path) -> None:
    """Run the README's first block from an environment that has the wheel with its sandbox, and nothing else."""
    block = FIRST_BLOCK.search(description(wheel)[1])
    if block is None:
        sys.exit("The README has no block of Python.")
    with tempfile.TemporaryDirectory(prefix="ledgerbee-readme-") as name:
        folder = Path(name)
        python = environment(folder)
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel}[sandbox]", cwd=folder)
        command = [python, "-W", "error", "-c", block[1]]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode or not re.match(r"INV-\d+ \d+\.\d\d\n", done.stdout):
        sys.exit(f"The README's first block did not list invoices:\n{done.stdout}{done.stderr}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tag", help="the tag that is about to be published, v and the version")
    arguments = parser.parse_args()

    wheel, sdist = the_one("*.whl"), the_one("*.tar.gz")
    run(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel, cwd=ROOT)
    if wrong := wrong_about(wheel, sdist, arguments.tag):
        sys.exit("\n".join(["Not fit to be published:", *wrong]))
    run_readme(wheel)
    run(sys.executable, ROOT / "scripts" / "test_wheel.py", "--newest", "--wheel", wheel, cwd=ROOT)
    print(f"{wheel.name} and {sdist.name} are fit to be published.")


if __name__ == "__main__":
    main()
