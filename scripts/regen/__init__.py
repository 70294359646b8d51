"""
The way from the published OpenAPI document to the generated package, as functions.

`reading` checks a document, `normalise` turns it into one the generator understands, under names that never change,
`build` generates, verifies and formats, `swap` puts the result in place, `report` says what changed.
"""
