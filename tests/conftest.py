"""What every test relies on."""

from __future__ import annotations

import torch
from hypothesis import settings

# The first call of a torch operation is slow, so a deadline per example would fail by chance.
settings.register_profile("alignscope", deadline=None)
settings.load_profile("alignscope")

# Results must not depend on the number of cores of the machine, and workers of one test run share them.
torch.set_num_threads(1)
