"""A decoding step of a recurrent translator, on the page Step by step."""
