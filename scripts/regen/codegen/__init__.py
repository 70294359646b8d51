"""
From the normalised document and the facts to formatted source.

In: `Normalised`'s document and facts. Out: file contents by path below the package.
"""
