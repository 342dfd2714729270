import numpy as np

from cleaner.model.network import Network
from cleaner.training.networks import _joined


def test_networks_side_by_side_give_the_mean_of_their_outputs():
    rng = np.random.default_rng(0)
    mean, scale = np.zeros(4, np.float32), np.ones(4, np.float32)
    parts = []
    for columns in ([True] * 4, [True, False, True, False]):
        chosen = np.array(columns)
        shapes = [(int(chosen.sum()), 3), (3, 1)]
        parts.append(
            (
                chosen,
                Network(
                    mean[chosen],
                    scale[chosen],
                    tuple(rng.normal(size=shape).astype(np.float32) for shape in shapes),
                    tuple(rng.normal(size=size).astype(np.float32) for size in (3, 1)),
                ),
            )
        )
    rows = rng.normal(size=(20, 4)).astype(np.float32)
    logits = [np.log(p / (1 - p)) for p in (part(rows[:, chosen]) for chosen, part in parts)]
    expected = 1 / (1 + np.exp(-np.mean(logits, axis=0)))
    np.testing.assert_allclose(_joined(mean, scale, parts)(rows), expected, rtol=1e-3)
