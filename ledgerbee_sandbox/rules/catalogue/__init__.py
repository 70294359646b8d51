"""Products, their prices, and usage meters."""
