"""What one sandbox consists of: books, schema, faults, the log of requests, rate limits."""
