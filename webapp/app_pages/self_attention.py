"""Self-attention: all heads of all layers of a Transformer at once, one of them open, and what it does."""

from __future__ import annotations

from engine.errors import Refused
from webapp.i18n import t
from webapp.shell import frame
from webapp.shell.heading import heading
from webapp.views.self_attention import controls, page

place = heading(
    t("Self-attention"),
    t(
        "Each small picture is one attention head of a Transformer: the stronger a cell's colour, the more its row "
        "attends there."
    ),
)
view = controls.view()
frame.notices(view.arrive())
try:
    page.main(view, place)
except Refused as reason:
    frame.refused(reason)
with frame.at_the_side():
    controls.settings(view)
view.leave()
