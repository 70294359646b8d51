"""What operations do to the books, by published title. No HTTP here."""
