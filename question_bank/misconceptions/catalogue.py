"""The table of all built-in entries, in the order in which feedback names them."""

from __future__ import annotations

from question_bank.misconceptions import (
    arrows,
    attention,
    batches,
    circuits,
    convolutions,
    counts,
    descents,
    dropouts,
    forward,
    forward_loss,
    functions,
    on_errors,
    on_nudges,
    on_routes,
    on_updates,
    output_errors,
    paths,
    recurrence,
    skips,
    tables,
)
from question_bank.misconceptions.entry import Entries, Misconception

_EVERY: tuple[Misconception, ...] = (
    *paths.ON_GRADIENT,
    *batches.ON_BATCHES,
    *functions.ON_FUNCTIONS,
    *output_errors.ON_OUTPUT_ERRORS,
    *arrows.ON_ARROWS,
    *dropouts.ON_DROPOUT,
    *skips.ON_SKIPS,
    *circuits.ON_CIRCUITS,
    *recurrence.OVER_TIME,
    *recurrence.IN_CELLS,
    *convolutions.ON_CONVOLUTIONS,
    *attention.ON_ATTENTION,
    *forward.ON_FORWARD,
    *forward_loss.ON_FORWARD_LOSS,
    *counts.ON_COUNTS,
    *paths.ON_PRODUCT,
    *on_routes.ON_ROUTES,
    *tables.IN_TABLES,
    *descents.ON_DESCENTS,
    *on_updates.ON_UPDATE,
    *on_nudges.ON_NUDGES,
    *on_errors.ON_ERRORS,
)

CATALOGUE = Entries(_EVERY)
