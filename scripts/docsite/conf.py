"""Sphinx's configuration; `scripts/docs.py` runs it over the folder that it has laid out."""

from __future__ import annotations

import re
import sys
import textwrap
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.pycode import ModuleAnalyzer

from docsite.docstrings import attributes, converted
from docsite.names import find
from docsite.pages import ROOT, request_examples
from ledgerbee_client import __version__

project = "ledgerbee-client"
author = copyright = "The ledgerbee-client developers"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "index"
nitpicky = True
# Annotations name what other packages and our private modules have, which has no page here.
nitpick_ignore_regex = [(r"py:class", r".*"), (r"py:exc", r"FaultError|WireError|KeyError")]
# `type` in an annotation is Python's, and not one of the attributes that have this name.
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_title = f"ledgerbee-client {__version__}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
pygments_style = "tango"
pygments_dark_style = "github-dark"
html_copy_source = False
html_show_sphinx = False
html_theme_options: dict[str, object] = {"top_of_page_buttons": []}

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False
napoleon_numpy_docstring = False
maximum_signature_line_length = 88
add_module_names = False
toc_object_entries_show_parents = "hide"
python_use_unqualified_type_names = True

_apart: dict[str, list[str]] = {}
"""Docstrings of attributes while napoleon runs, which would read a type in what stands before a colon."""


def _role(code: str, module: str) -> str | None:
    """Return a link to a public name that stands in backticks."""
    match = re.fullmatch(r"(?:ledgerbee_client\.|errors\.|models\.)?(\w+)(?:\(\))?", code)
    name = find(match[1], module) if match else None
    return f":py:obj:`{code} <{name.target}>`" if name else None


@cache
def _examples(resource: str) -> dict[str, str]:
    return request_examples((ROOT / "docs" / "resources" / f"{resource}.md").read_text(encoding="utf-8"))


def _example(resource: str, method: str) -> list[str]:
    """Return the lines of a method's example, which its resource's page has."""
    code = _examples(resource).get(method)
    return (
        ["", "For example:", "", ".. code-block:: python", "", *textwrap.indent(code, "   ").split("\n")]
        if code
        else []
    )


def process_docstring(app: Sphinx, what: str, name: str, *facts: Any) -> None:
    """Turn a docstring into reStructuredText, and give each attribute its own sentence."""
    found, _, lines = facts
    module = app.env.temp_data.get("autodoc:module") or name.rpartition(".")[0]
    if what in {"class", "exception"}:
        lines[:], described = attributes(lines)
        comments = ModuleAnalyzer.for_module(found.__module__).find_attr_docs()
        for attribute, text in described.items():
            comments.setdefault((found.__qualname__, attribute), [text, ""])
    lines[:] = converted(lines, lambda code: _role(code, module))
    if what == "method" and name.startswith("ledgerbee_client.api."):
        lines += _example(*name.split(".")[2::2])
    if what in {"attribute", "property", "data"}:
        _apart[name] = list(lines)
        lines.clear()


def restore_docstring(app: Sphinx, what: str, name: str, *facts: Any) -> None:
    """Give an attribute back what it says."""
    facts[-1][:] = _apart.pop(name, facts[-1])


def process_signature(app: Sphinx, what: str, name: str, *facts: Any) -> tuple[str, None] | None:
    """Leave out how errors, enums, models and resources are made: their attributes say it, or nobody makes them."""
    made_here = name.startswith(("ledgerbee_client.models.", "ledgerbee_client.api.", "ledgerbee_client._models."))
    return ("", None) if what == "exception" or (what == "class" and made_here) else None


def resolve(app: Sphinx, env: BuildEnvironment, node: pending_xref, content: Any) -> Any:
    """Find a public name that was written short, or by the private module where it is made."""
    if node.get("refdomain") != "py":
        return None
    name = find(str(node["reftarget"]).rpartition(".")[2], node.get("py:module") or "")
    if name is None:
        return None
    return env.domains.python_domain.resolve_xref(env, node["refdoc"], app.builder, "obj", name.target, node, content)


def setup(app: Sphinx) -> None:
    """Connect what stands above, around napoleon, which reads Google's sections."""
    app.connect("autodoc-process-docstring", process_docstring, priority=400)
    app.connect("autodoc-process-docstring", restore_docstring, priority=600)
    app.connect("autodoc-process-signature", process_signature)
    app.connect("missing-reference", resolve)
