"""Webhook endpoints, and the events that become deliveries to them."""
