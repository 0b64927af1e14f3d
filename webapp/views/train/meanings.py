"""What each setting of a training does, in a sentence."""

from __future__ import annotations

from webapp.i18n import N_

MEANING = {
    "embedding": N_("Numbers that stand for each subword or word."),
    "encoder": N_("Size of the encoder's state, of each direction."),
    "decoder": N_("Size of the decoder's state."),
    "attention": N_("Size of the space in which queries and keys are compared."),
    "cell": N_("The recurrent cell: gru has two gates, lstm three and a memory of its own."),
    "window": N_(
        "Which words may be looked at: all (global), those around one place (local_m), or around a learnt one "
        "(local_p)."
    ),
    "selection": N_(
        "How scores become weights: softmax (soft), with zeros (sparse, entmax15), or one word alone (hard)."
    ),
    "window_width": N_("How many subwords a window reaches to either side."),
    "null_key": N_("Whether a word may look at nothing."),
    "placement": N_("Whether attention is asked before the decoder's cell (Bahdanau 2015) or after it (Luong 2015)."),
    "feeding": N_("Whether what was looked at enters the next step; goes with attention after the cell."),
    "dropout": N_("Share of numbers that are left out at random while it learns, so that it does not learn by heart."),
    "design": N_("Which of the four decoders that are taught: decoder4 has attention."),
    "direction": N_("Whether the encoder reads both ways or forward alone, as decoders without attention need it."),
    "encoder_layers": N_("Layers of the encoder."),
    "source_order": N_("In what order the encoder reads the words; only without attention."),
    "batch": N_("Examples of one update."),
    "rate": N_("The highest learning rate; it climbs during warmup and then falls straight to nothing."),
    "warmup": N_("Updates until the learning rate is at its highest."),
    "clip": N_("The longest that a gradient may be; longer ones are scaled down to it."),
    "unknown": N_("Share of the words that are hidden while it learns, so that it knows what an unknown word is."),
    "smoothing": N_("Share of each answer that is spread over all possible ones (label smoothing)."),
    "precision": N_("bf16 computes with 16 bits, which is quick where the machine can; no computes with 32."),
    "threads": N_("Cores that it may use."),
    "patience": N_("It stops early after so many validations that were no better; 0 lets it run to the end."),
    "average": N_("The mean of the weights at so many last validations is tried at the end; 0 does without."),
    "seed": N_("Where chance begins: the same seed makes the same model."),
    "size": N_("Numbers that stand for each subword in every layer."),
    "inner": N_("Size of the feed-forward layers."),
    "layers": N_("How many layers."),
    "heads": N_("Attention heads of each layer."),
    "word": N_("Size of the state over words, of each direction."),
    "sentence": N_("Size of the state over sentences, of each direction."),
    "pooling": N_("How one vector is made of many: by attention, or by their average or maximum instead."),
    "hidden": N_("Size of the state, of each direction."),
    "limit": N_("The most subwords of a text that are read."),
}
