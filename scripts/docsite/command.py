"""The whole build: pages and reference laid out in a folder, Sphinx over it, llms.txt beside the result."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tomllib
import zlib
from pathlib import Path

from sphinx.cmd.build import main as sphinx

from docsite.llms import files, llms, llms_full, markdown
from docsite.names import everything, resources
from docsite.pages import INDEX, ROOT, Section, embedded, place, relinked, sections
from docsite.reference import listing, reference
from ledgerbee_client import __version__

BUILD = ROOT / "build"
CALL = re.compile(r"`bee\.(\w+)\.(\w+)(\([^`]*\))`")


def main() -> int:
    """Build the site; return the exit status, which is 0 only where nothing was warned of."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    source, site = BUILD / "site-source", BUILD / "site"
    for folder in (source, site):
        shutil.rmtree(folder, ignore_errors=True)
    order = list(sections((ROOT / INDEX).read_text(encoding="utf-8")))
    try:
        lay_out(source, order)
    except FileNotFoundError as lost:
        return complain([str(lost)])
    options = ["--builder", "html", "--fail-on-warning", "--keep-going", "--quiet", "--jobs", "auto"]
    status = sphinx([*options, "--conf-dir", str(Path(__file__).parent), str(source), str(site)])
    shutil.rmtree(site / ".doctrees", ignore_errors=True)
    if status == 0:
        write_llms(source, site, order)
        missing = unlisted(site / "objects.inv")
        status = complain([f"{name} is public, and no page of the reference documents it." for name in missing])
    if status == 0:
        print(f"The site is in {site.relative_to(Path.cwd())}/index.html.")
    return status


def lay_out(source: Path, order: list[Section]) -> None:
    """Write every page of the site as Sphinx wants it."""
    tree = urls()["Source"] + f"/blob/v{__version__}/"
    pages = {file: place(file) for file in ["README.md", INDEX, *(file for part in order for file in part.files)]}
    for file, target in pages.items():
        if target and target.endswith(".md"):
            text = relinked(embedded((ROOT / file).read_text(encoding="utf-8"), file), file, tree)
            text = text + _toctrees(order) if file == "README.md" else _with_methods(text, file)
            _write(source / target, text)
    for target, text in reference().items():
        _write(source / target, text)


def urls() -> dict[str, str]:
    """Return the project's URLs."""
    urls: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    return urls


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _with_methods(text: str, file: str) -> str:
    """Link each method that the list of all operations names to its place in the reference."""
    if file != "docs/operations.md":
        return text
    found = resources()

    def role(call: re.Match[str]) -> str:
        home = found[call[1]]
        return f"{{py:meth}}`bee.{call[1]}.{call[2]}{call[3]} <{home.__module__}.{home.__name__}.{call[2]}>`"

    return CALL.sub(role, text)


def _toctrees(order: list[Section]) -> str:
    """Return the navigation, which is the order of docs/README.md."""
    blocks = [("", ["pages-by-task"])]
    for section in order:
        entries = [page.removesuffix(".md") for file in section.files if (page := place(file)) and page.endswith(".md")]
        blocks.append((section.title, entries + (listing() if section.title == "Reference" else [])))
    return "".join(
        "\n```{toctree}\n:hidden:\n" + (f":caption: {title}\n" if title else "") + "\n" + "\n".join(pages) + "\n```\n"
        for title, pages in blocks
    )


def write_llms(source: Path, site: Path, order: list[Section]) -> None:
    """Write llms.txt and llms-full.txt, and the Markdown of each page beside its HTML."""
    url = urls()["Documentation"]
    _write(site / "llms.txt", llms(order, url))
    _write(site / "llms-full.txt", llms_full(order))
    for file in files(order):
        laid = source / (place(file) or "")
        _write(site / markdown(file), (laid if laid.suffix == ".md" else ROOT / file).read_text(encoding="utf-8"))


def unlisted(inventory: Path) -> list[str]:
    """Return the public names, methods of resources included, that no page of the reference documents."""
    # Four lines of header, then a compressed line per object, which begins with its name.
    lines = zlib.decompress(inventory.read_bytes().split(b"\n", 4)[4]).decode().splitlines()
    listed = {line.split(" ", 1)[0] for line in lines}
    wanted = [name.target for name in everything()]
    for found in resources().values():
        wanted += [f"{found.__module__}.{found.__name__}.{name}" for name in vars(found) if not name.startswith("_")]
    return [name for name in wanted if name not in listed]


def complain(sentences: list[str]) -> int:
    """Print what is wrong; return the exit status."""
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    return 1 if sentences else 0
