#!/usr/bin/env python
"""Regenerate ledgerbee_client/api and ledgerbee_client/models. `python scripts/regen.py --help` says how."""

import sys

from regen.cli import main

if __name__ == "__main__":
    sys.exit(main())
