"""What generated code calls: one method per kind of call, and the encoding of paths, queries and headers."""
