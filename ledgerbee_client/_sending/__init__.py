"""One call from its first try to its end: tries, retries, the token request, notices of what ends soon."""
