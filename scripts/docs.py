#!/usr/bin/env python
"""Build the documentation site into build/site; `make docs` does it. Needs no network."""

import sys

from docsite.command import main

if __name__ == "__main__":
    sys.exit(main())
