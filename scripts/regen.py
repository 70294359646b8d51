#!/usr/bin/env python
"""Regenerate ledgerbee_client/api and ledgerbee_client/models. `python scripts/regen.py --help` says how."""

import sys

try:
    from regen.cli import main
except ModuleNotFoundError as missing:
    sys.exit(f"Regenerating needs {missing.name}, which is not installed: pip install -e . --group regen")

if __name__ == "__main__":
    sys.exit(main())
