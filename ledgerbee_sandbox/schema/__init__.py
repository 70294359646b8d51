"""The OpenAPI file: its operations, and the check of requests and answers against it."""
