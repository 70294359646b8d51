"""Subscriptions and plans, and how their statuses follow from the clock."""
