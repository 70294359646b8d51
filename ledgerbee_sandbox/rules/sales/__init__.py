"""Invoices, credit notes, quotes and order confirmations, and their PDF files."""
