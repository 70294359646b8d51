"""
What the API is, under names that never change.

In: a list of `Named`, the overlay and the lock. Out: `Described`, an `Api` and the lock that remembers its names.
"""
