"""One decoding step of a recurrent translator taken apart, down to the last number."""
