"""From a model to words: greedy and beam search, and what each source word did. Given a model, imports none."""
