"""Where a recurrent translator attends, and the place that is no word, described as scores and windows are."""

from __future__ import annotations

from engine.models.recurrent.part import Part

PLACEMENTS: dict[str, Part] = {
    part.name: part
    for part in (
        Part(
            name="before",
            label="before the cell",
            meaning="The last state looks, and what it saw enters the cell together with the last word.",
            formula=(
                r"\begin{gathered} c_t = \operatorname{att}(s_{t-1}) \\ "
                r"s_t = f(s_{t-1}, y_{t-1}, c_t) \end{gathered}"
            ),
            source="Bahdanau, Cho & Bengio 2015, appendix A.2.2, arXiv:1409.0473",
        ),
        Part(
            name="after",
            label="after the cell",
            meaning="The new state looks, and what it saw goes to the output alone: the next step does not know of it.",
            formula=(
                r"\begin{gathered} s_t = f(s_{t-1}, y_{t-1}) \\ "
                r"\tilde{s}_t = \tanh(W_c [\operatorname{att}(s_t); s_t]) \end{gathered}"
            ),
            source="Luong, Pham & Manning 2015, equation 5, arXiv:1508.04025",
        ),
        Part(
            name="fed",
            label="after it, with input feeding",
            meaning="The new state looks, and what came of it enters the next step too, so that a step knows where the "
            "last one looked.",
            formula=(
                r"\begin{gathered} s_t = f(s_{t-1}, y_{t-1}, \tilde{s}_{t-1}) \\ "
                r"\tilde{s}_t = \tanh(W_c [\operatorname{att}(s_t); s_t]) \end{gathered}"
            ),
            source="Luong, Pham & Manning 2015, section 3.3, arXiv:1508.04025",
        ),
    )
}

NULL_KEY = Part(
    name="null_key",
    label="null key",
    meaning="Behind the words stands a place that is none of them, with a vector that is learnt: a word that comes "
    "from nowhere may look there.",
    formula=r"h_{S+1} = n",
    source="Chen, Sun & Liu 2021, arXiv:2012.07162",
)
