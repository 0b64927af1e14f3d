"""Runs as files: what the folder of a run holds, in what state it is, the queue, and the process that works it off."""
