"""What a training leaves to be played again: at each validation, where the model looked in a few probes."""
