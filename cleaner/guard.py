"""The loss guard: does a page lose more of its body than pages usually do?

The model gives each line a probability of being body, and these are calibrated. So the sum of
length times probability is what the body should be, and what of it stands on dropped lines is what
is lost: little by the model's own decisions, much where a rule runs wild, a policy takes what the
page is made of, or the model is at a loss. No gold text is needed to see it.

A line that a rule drops counts as debris for its neighbours, and so a page that rules have cut down
looks like debris altogether. Such a page is scored once more as if there were no rules.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cleaner.decide import Verdicts
from cleaner.rules import Rulings

OnSuspicion = Literal["flag", "keep"]

# Share of the expected body. On pages of sites never trained on, 1 to 3 in 100 lose more in HTML
# and in dumps, and of their gold they lose three times as much as other pages.
USUAL_LOSS = 0.4
_CUT_DOWN = 1 / 3  # of a page's text; of 5 to 10 pages in 100 rules take as much
_FEWEST_CHARS = 200  # of expected body; a page with less has no text to lose


def losses(
    sizes: NDArray[np.integer], verdicts: Verdicts, probability: NDArray[np.float32] | None = None
) -> tuple[float, float]:
    """The shares of the expected body and of all text, by characters, on dropped lines.

    Each in 0 to 1; the first is 0 for a page that has no body to speak of. `sizes` are the lines'
    lengths, and `probability` is, per line, what the model says where the verdicts' own is of a
    page that rules have cut down.
    """
    chances = verdicts.probability if probability is None else probability
    body = sizes * chances.astype(np.float64)
    is_dropped = ~verdicts.keep
    total, whole_body = int(sizes.sum()), float(body.sum())
    lost = float(body[is_dropped].sum()) / whole_body if whole_body >= _FEWEST_CHARS else 0.0
    return lost, int(sizes[is_dropped].sum()) / max(total, 1)


def is_cut_down(sizes: NDArray[np.integer], rulings: Rulings) -> bool:
    """Whether rules take so much of a page that the model no longer knows it by the rest."""
    taken = int(sizes[rulings.keeps() == 0].sum())
    return taken > 0 and taken >= _CUT_DOWN * int(sizes.sum())


def whole(verdicts: Verdicts) -> Verdicts:
    """The verdicts of a page that is left as it came."""
    reasons = np.where(verdicts.keep, verdicts.reasons, len(verdicts.wordings))
    return Verdicts(
        np.ones_like(verdicts.keep),
        verdicts.probability,
        verdicts.kinds,
        reasons,
        [*verdicts.wordings, "guard:whole"],
    )
