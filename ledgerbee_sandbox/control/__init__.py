"""The control API under `/_sandbox/`: what tests ask of the sandbox itself."""
