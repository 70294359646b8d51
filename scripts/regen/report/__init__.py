"""
What is said about a run: the surface, what changed in it, the report, and the pages under docs/.

In: an `Api` and the views. Out: texts.
"""
