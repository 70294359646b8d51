"""Bytes to models and back: codecs, the tables of models, the fast path, JSON. The only place that knows msgspec."""
