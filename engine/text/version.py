"""Which version of reading texts figures were measured under.

A figure in `metrics.json` is true of the texts as they were cut then. Whoever changes how texts are cleaned or cut into
sentences, words and pieces raises the number of each task whose texts come out otherwise, and measures its models anew:
`python -m tests.engine.readings` writes down how a sample of texts is read now.
"""

from __future__ import annotations

from collections.abc import Mapping

READING: Mapping[str, int] = {"translation": 1, "couplet": 2, "conversation": 2, "classification": 1, "language": 1}
"""By task. `metrics.json` says it as `reading`."""
