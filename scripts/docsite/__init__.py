"""
The documentation site: the pages of docs/ as they are, and a reference made of the docstrings.

    docs/README.md     the order of the pages, and so the navigation
    pages              copies the pages into a folder for Sphinx, their links rewritten
    names              the public names of both packages, and where the site shows each
    reference          a page for each public module, each resource, the errors
    docstrings         docstrings as Sphinx reads them
    conf.py            Sphinx's configuration
    llms               llms.txt and llms-full.txt
    command            all of it in order; what is lost or warned of fails the build
"""
