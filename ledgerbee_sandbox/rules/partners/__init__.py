"""Customers, vendors and saved payment methods."""
