"""
What the API is, under names that never change.

In: a list of `Named`, the overlay and the lock. Out: `Normalised`, the document and the facts that the generator takes.
"""
