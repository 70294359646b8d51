"""Misbehaviour on request: which request gets a fault, and what the fault does to its answer."""
