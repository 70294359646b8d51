"""One request out, one answer back: the transport, its connection pools, requests and answers as values."""
