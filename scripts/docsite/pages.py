"""Pages of the repository as pages of the site: which there are, in which order, and where their links lead."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from attrs import frozen

ROOT = Path(__file__).resolve().parents[2]
INDEX = "docs/README.md"
ELSEWHERE = {
    "README.md": "index.md",
    INDEX: "pages-by-task.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "benchmarks/README.md": "benchmarks.md",
    "docs/resources/README.md": "reference/resources.rst",
    "ledgerbee_sandbox/README.md": "sandbox.md",
    "openapi/README.md": "schema.md",
}
"""Pages that have another place on the site than below docs/."""
LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#)(?P<path>[^)#\s]+)(?P<heading>#[^)\s]*)?(?=\))")

METHOD = re.compile(r"^## `(\w+)`$", re.MULTILINE)
SHOWN = "For example:\n\n```py\n"
PROGRAM = re.compile(r"^\[[^\]]*\]\((?P<path>[^)#\s]*examples/\w+\.py)\)$", re.MULTILINE)


@frozen
class Section:
    """A heading of docs/README.md, and the files that it leads to, as paths in the repository."""

    title: str
    files: tuple[str, ...]


def sections(index: str) -> Iterator[Section]:
    """Read the order of the pages from the text of docs/README.md."""
    for part in index.split("\n## ")[1:]:
        title, _, body = part.partition("\n")
        files = [resolved(INDEX, match["path"]) for match in LINK.finditer(body)]
        yield Section(title, tuple(file for file in dict.fromkeys(files) if file.endswith(".md")))


def resolved(page: str, path: str) -> str:
    """Return the path in the repository of what a page links to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), path))


def place(file: str) -> str | None:
    """Return where the site has a file of the repository; None where it has it not."""
    if file in ELSEWHERE:
        return ELSEWHERE[file]
    path = PurePosixPath(file)
    if path.is_relative_to("docs/resources"):
        return f"reference/{path.stem}.rst"
    if path.is_relative_to("docs") and path.suffix == ".md":
        return path.relative_to("docs").as_posix()
    return None


def request_examples(text: str) -> dict[str, str]:
    """Return the example of each method on a page of docs/resources; `create_many` is shown on a page of its own."""
    _, *parts = METHOD.split(text)
    found = zip(parts[::2], (part.partition(SHOWN)[2].partition("```")[0] for part in parts[1::2]), strict=True)
    return {name: code for name, code in found if code}


def embedded(text: str, page: str) -> str:
    """Return the text of a page with each program that it leads to, in a line of its own, shown below that line."""

    def shown(link: re.Match[str]) -> str:
        code = (ROOT / resolved(page, link["path"])).read_text(encoding="utf-8")
        return f"{link[0]}\n\n```python\n{code}```"

    return PROGRAM.sub(shown, text)


def relinked(text: str, page: str, source: str) -> str:
    """
    Return the text of a page with its links as they are on the site.

    Args:
        text: The page's Markdown.
        page: Its path in the repository.
        source: Where the files are to be read that the site does not have: a URL, with a slash at its end.

    Raises:
        FileNotFoundError: it links to a file that is not there.
    """
    here = posixpath.dirname(place(page) or page)

    def rewrite(link: re.Match[str]) -> str:
        file = resolved(page, link["path"])
        if not (ROOT / file).exists():
            raise FileNotFoundError(f"{page} links to {link['path']}, which is not there.")
        target = place(file)
        if target is None:
            return f"{source}{file}{link['heading'] or ''}"
        # What the reference has instead of a page's headings has names of its own.
        heading = "" if target.endswith(".rst") else link["heading"] or ""
        return posixpath.relpath(target, here or ".") + heading

    return LINK.sub(rewrite, text)
