"""The API under `/api`: one request from its path to its answer."""
