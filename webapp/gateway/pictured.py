"""Questions about pictures: kept answers are found by a picture's hash and hold no file of a visitor's."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.capture.request import Request
    from engine.inference.looked import Looked


def key(request: Request) -> tuple[Hashable, ...]:
    """What tells one question from another: of a picture its hash, so that no key holds megabytes."""
    digest = None if request.image is None else hashlib.sha256(request.image).digest()
    languages = (request.source_language, request.target_language)
    return request.text, request.pair, request.edits, digest, languages


def without(looked: Looked) -> Looked:
    """An answer as it may be kept for all who bring the same picture: the file itself stays with the visitor."""
    return looked if looked.request.image is None else replace(looked, request=replace(looked.request, image=None))


def restored(looked: Looked, request: Request) -> Looked:
    """The same answer with the question of whoever asks now, whose picture may have to be read again."""
    return looked if looked.request == request else replace(looked, request=request)
