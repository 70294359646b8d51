"""Webhook deliveries on their way to a receiver on this machine."""
