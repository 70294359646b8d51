"""Accounts, journal entries and their drafts, dimensions and projects."""
