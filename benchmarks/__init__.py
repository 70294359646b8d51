"""Speed, measured against peers and floors in one interleaved run: `make bench`."""
