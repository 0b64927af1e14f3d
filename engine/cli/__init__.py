"""The command line: one line out for each line in, progress and refusals on the other stream."""
