"""The kinds of computation that the page takes apart."""

from __future__ import annotations

from typing import Any

from webapp.views.step_by_step.hierarchy import kind as hierarchy
from webapp.views.step_by_step.kind import Kind
from webapp.views.step_by_step.recurrent import kind as recurrent
from webapp.views.step_by_step.self_attention import kind as self_attention

KINDS: dict[str, Kind[Any]] = {
    "recurrent": recurrent.KIND,
    "self_attention": self_attention.KIND,
    "hierarchy": hierarchy.KIND,
}
