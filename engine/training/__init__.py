"""One loop, its checkpoints, and runs that survive their process."""
