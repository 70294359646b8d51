"""
Which operation is which: `names.toml`, the lock, and the document's operations matched with both.

In: a list of `Operation`. Out: the same list as `Named`, each with its entry of the table.
"""
