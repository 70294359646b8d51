"""The site's own parts: links as they are there, docstrings as Sphinx reads them, a page for every public name."""

from __future__ import annotations

import re
import tomllib

import pytest
from docsite.docstrings import attributes, converted
from docsite.llms import files, llms, llms_full, title
from docsite.names import everything
from docsite.pages import INDEX, ROOT, Section, place, relinked, sections
from docsite.reference import reference

SOURCE = "https://example.com/blob/v1/"


@pytest.mark.parametrize(
    ("page", "link", "there"),
    [
        ("docs/batches.md", "errors-and-retries.md#refused-fields", "errors-and-retries.md#refused-fields"),
        ("docs/README.md", "../README.md", "index.md"),
        ("docs/credentials.md", "resources/README.md", "reference/resources.rst"),
        ("docs/credentials.md", "resources/invoices.md", "reference/invoices.rst"),
        ("ledgerbee_sandbox/README.md", "../docs/testing.md", "testing.md"),
        ("README.md", "openapi/README.md", "schema.md"),
        ("docs/webhooks.md", "../examples/fastapi_webhooks.py", f"{SOURCE}examples/fastapi_webhooks.py"),
        ("docs/models.md", "https://example.com/x.md", "https://example.com/x.md"),
        ("docs/models.md", "#copies", "#copies"),
    ],
)
def test_a_link_leads_to_the_same_thing_on_the_site(page: str, link: str, there: str) -> None:
    """To a page of the site where there is one, else to the file in the repository."""
    assert f"see [it]({there})" == relinked(f"see [it]({link})", page, SOURCE)


def test_a_link_to_nowhere_stops_the_build() -> None:
    """Sphinx does not see it: the link is rewritten before."""
    with pytest.raises(FileNotFoundError, match=r"docs/models\.md links to lost\.py"):
        relinked("[it](lost.py)", "docs/models.md", SOURCE)


def test_the_navigation_is_the_index() -> None:
    """A section per heading, a page per link, in their order."""
    index = "# D\n\n## Begin\n\n| [A](credentials.md) | [B](../README.md#x) |\n\n## Work\n\n[C](pages.md)\n"

    assert [
        Section("Begin", ("docs/credentials.md", "README.md")),
        Section("Work", ("docs/pages.md",)),
    ] == list(sections(index))


def test_every_public_name_stands_on_one_page() -> None:
    """`make docs` asks the built site the same."""
    pages = "\n".join(reference().values()) + "\n"

    assert [] == [name.target for name in everything() if pages.count(f":: {name.target}\n") != 1]


def test_what_is_said_of_the_first_of_two_arguments_is_not_said_of_both() -> None:
    """Sphinx lists each by itself; the limit on a walk has nothing to do with headers."""
    lines = [
        "Args:",
        "    timeout, extra_headers: explained on the class; for each page, while `x` limits the",
        "        whole walk.",
    ]

    assert [
        "Args:",
        "    timeout: explained on the class; for each page, while ``x`` limits the",
        "        whole walk.",
        "    extra_headers: explained on the class.",
    ] == converted(lines, lambda _: None)


def test_a_docstring_becomes_restructured_text() -> None:
    """Code is code, a known name a link, and what only looks like markup is text."""
    lines = ["Give `type_` and *args to `Pages`.", "", "    await bee.close()", "", "Returns:", "    A list: of rows."]

    assert [
        r"Give ``type_`` and \*args to :obj:`Pages`.",
        "",
        ".. code-block:: python",
        "",
        "   await bee.close()",
        "",
        ":returns: A list: of rows.",
    ] == converted(lines, lambda code: ":obj:`Pages`" if code == "Pages" else None)


def test_each_attribute_gets_its_own_sentence() -> None:
    """It stands beside the attribute then, and no longer in the text of the class."""
    lines = ["A line.", "", "Attributes:", "    id: Its id,", "        which stays.", "    name: Its name.", ""]

    assert (["A line.", ""], {"id": "Its id, which stays.", "name": "Its name."}) == attributes(lines)


def test_the_readmes_links_lead_somewhere_on_the_index() -> None:
    """To a page of the site, or to a file in the repository, whose links there are relative."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for rule in project["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
        readme = re.sub(rule["pattern"], rule["replacement"], readme)
    site, source = (project["project"]["urls"][name] for name in ("Documentation", "Source"))
    pages = {place(file) for part in sections((ROOT / INDEX).read_text(encoding="utf-8")) for file in part.files}
    pages |= {*reference(), "pages-by-task.md"}

    links = re.findall(r"\]\(([^)#]+)[^)]*\)", readme)
    lost = [link for link in links if not link.startswith("https://")]
    for link in links:
        if (
            link.startswith(site)
            and not {link.removeprefix(site).replace(".html", kind) for kind in (".md", ".rst")} & pages
        ):
            lost.append(link)
        if link.startswith(source) and not (ROOT / link.removeprefix(f"{source}/blob/v$HFPR_VERSION/")).exists():
            lost.append(link)
    assert links
    assert [] == lost


def test_language_models_are_given_every_page() -> None:
    """A line per page in llms.txt, all their text in llms-full.txt."""
    order = list(sections((ROOT / INDEX).read_text(encoding="utf-8")))
    listed, full = llms(order, "https://x.example/"), llms_full(order)

    batches = "- [Batches](https://x.example/batches.md): Journal entries and their drafts can be sent many at a time."
    assert batches in listed.splitlines()
    assert [] == [file for file in files(order) if f"# {title(file)}\n" not in full.replace("`", "")]
    assert (ROOT / "examples" / "onboarding.py").read_text(encoding="utf-8") in full
    assert "docs/resources/invoices.md" in set(files(order))
