"""Credentials, tokens, and the source of tokens."""
