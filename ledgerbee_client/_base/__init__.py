"""Values and functions that every layer knows: clock and deadline, log, waits, the facts of an operation."""
