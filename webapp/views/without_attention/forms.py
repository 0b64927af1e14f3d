"""Which forms of decoder the page compares, and the models that have them, found by what their configuration says."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.models.recurrent.decoders import DECODERS
from engine.models.recurrent.part import Part
from engine.models.recurrent.source_order import SOURCE_ORDERS
from engine.store.catalogue import ModelInfo
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import names

TRICKED = "decoder2"
"""The decoder that the tricks with the source were invented for."""
SIZES = ("cell", "embedding", "encoder", "decoder", "encoder_layers")


@dataclass(frozen=True)
class Form:
    """A decoder and the order in which its encoder reads the source; `name` stands in links."""

    name: str
    design: str
    order: str = "as_is"

    @property
    def decoder(self) -> Part:
        return DECODERS[self.design]

    @property
    def trick(self) -> Part | None:
        """What is done to the source; None where nothing is."""
        return None if self.order == "as_is" else SOURCE_ORDERS[self.order]

    @property
    def label(self) -> str:
        number = list(DECODERS).index(self.design) + 1
        if self.trick is None:
            return t("Decoder {number}: {name}").format(number=number, name=names.decoder(self.design))
        return t("Decoder {number}, source {order}").format(number=number, order=names.order(self.order))


FORMS = {
    form.name: form
    for form in (
        *(Form(decoder.name, decoder.name) for decoder in DECODERS.values()),
        *(Form(order.name, TRICKED, order.name) for order in SOURCE_ORDERS.values() if order.name != "as_is"),
    )
}
"""In the order in which they are taught, the tricks last."""


def form_of(info: ModelInfo) -> Form | None:
    """The form that a model has; None where it differs in more than that, as by a window or an encoder both ways."""
    usual = (*info.form[1:], info.null_key) == ("global", "soft", False)
    if not info.design or info.direction != "forward" or (info.attends and not usual):
        return None
    same = (form for form in FORMS.values() if (form.design, form.order) == (info.design, info.source_order))
    return next(same, None)


def models() -> dict[str, ModelInfo]:
    """The model of each form, in their order: of those that share languages, corpora and sizes, the group that has most
    forms."""
    groups: dict[Hashable, dict[str, ModelInfo]] = {}
    for info in gateway.listing.models().values():
        if form := form_of(info):
            groups.setdefault(_alike(info), {}).setdefault(form.name, info)
    largest = max(groups.values(), key=len, default={})
    return {name: largest[name] for name in FORMS if name in largest}


def _alike(info: ModelInfo) -> Hashable:
    """What models must share to be compared."""
    choices = info.config.get("model")
    sizes = choices if isinstance(choices, dict) else {}
    corpora = info.config.get("corpora", ())
    return (info.source_language, info.target_language, str(corpora), *(str(sizes.get(name)) for name in SIZES))


def referee(compared: Mapping[str, ModelInfo]) -> ModelInfo | None:
    """Whose translation all are asked about: the best translator of the pair that is not compared itself, so that none
    judges its own words; without any other the best of them. Of those as good it is the one that pages open with."""
    pairs = {(info.source_language, info.target_language) for info in compared.values()}
    known = gateway.listing.models().values()
    others = [info for info in known if (info.source_language, info.target_language) in pairs and not form_of(info)]
    favourite = gateway.listing.default_model()
    return max(others or compared.values(), key=lambda info: (_bleu(info), info.name == favourite), default=None)


def _bleu(info: ModelInfo) -> float:
    value: Any = info.metrics
    for name in ("bleu", "beam5", "value"):
        value = value.get(name) if isinstance(value, dict) else None
    return float(value) if isinstance(value, int | float) else -1.0
