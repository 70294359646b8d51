"""llms.txt and llms-full.txt: the list of the pages, and all their text, for language models (llmstxt.org)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from docsite.pages import ROOT, Section, embedded, place

SUMMARY = "An unofficial async Python SDK for LedgerBee, the Danish accounting, billing and subscription service."


def llms(sections: list[Section], url: str) -> str:
    """Return the list: a heading per section, a line per page."""
    parts = [f"# ledgerbee-client\n\n> {SUMMARY}\n"]
    for section in sections:
        lines = [f"- [{title(file)}]({url}{markdown(file)}): {opening(file)}" for file in section.files]
        parts.append(f"## {section.title}\n\n" + "\n".join(lines) + "\n")
    parts.append(f"## Optional\n\n- [Everything in one file]({url}llms-full.txt)\n")
    return "\n".join(parts)


def llms_full(sections: list[Section]) -> str:
    """Return the text of all pages, those of the resources among them."""
    return "\n\n".join(embedded(_text(file), file).strip() for file in files(sections)) + "\n"


def files(sections: list[Section]) -> Iterator[str]:
    """Yield every page that is written in Markdown, the README first."""
    yield "README.md"
    for section in sections:
        for file in section.files:
            yield file
            if file == "docs/resources/README.md":
                yield from sorted(page.relative_to(ROOT).as_posix() for page in (ROOT / file).parent.glob("[!R]*.md"))


def markdown(file: str) -> str:
    """Return where the site has the Markdown of a page."""
    return (place(file) or file).removesuffix(".rst").removesuffix(".md") + ".md"


def title(file: str) -> str:
    """Return the first heading of a page."""
    match = re.search(r"^# (.*)$", _text(file), re.MULTILINE)
    return match[1].strip("`") if match else file


def opening(file: str) -> str:
    """Return the first sentence of a page."""
    body = re.sub(r"<!--.*?-->", "", _text(file), flags=re.DOTALL).partition("\n# ")[2] or _text(file)
    for paragraph in body.split("\n\n")[1:]:
        if re.match(r"[\w`*\[]", paragraph):
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(paragraph.split()))
            return re.split(r"(?<=[.]) ", plain)[0]
    return ""


def _text(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")
