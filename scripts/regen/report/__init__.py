"""
What is said about a run: the surface, what changed in it, the report, and the pages under docs/.

In: `Normalised` and the generated files. Out: texts.
"""
