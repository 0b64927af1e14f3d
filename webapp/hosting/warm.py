"""What the first visitor needs, loaded before anybody asks."""

from __future__ import annotations

import logging

from webapp.examples.for_model import example
from webapp.examples.reviews import reviews
from webapp.gateway.current import gateway
from webapp.hosting import collector

log = logging.getLogger("alignscope")


def warm_up() -> None:
    """Load the default models and answer the first questions; then set aside all that lives by now."""
    try:
        warm()
    except Exception:
        # Without a model the pages that need none still work, and the others say what is missing.
        log.exception("The first model could not be loaded ahead of time")
    collector.set_aside()


def warm() -> None:
    """Load the default models and what pages import, and answer the first questions."""
    import pyarrow.pandas_compat  # noqa: F401  # else imported by the first table

    from webapp.figures.files import export  # noqa: F401
    from webapp.views.mechanisms import leaderboard  # noqa: F401
    from webapp.views.shared import output_tokens, pair_reading  # noqa: F401

    name = gateway.listing.default_model()
    translation = gateway.sentences.translate(name, example(gateway.listing.models()[name]))
    gateway.sentences.with_effect(name, translation)
    if classifiers := gateway.listing.models("classification"):
        name = gateway.listing.default_classifier()
        gateway.documents.read(name, reviews(classifiers[name].source_language)["mixed"])
    for info in list(gateway.heads.models().values())[:1]:
        gateway.heads.look(info.name, example(info))
