"""
The way from the published OpenAPI document to the generated package: one folder per stage, in this order.

`document` reads and checks, `naming` finds which operation is which, `model` describes the API under names that never
change, `codegen` generates, verifies and formats, `report` says what changed, and `pipeline` writes what differs.
"""
