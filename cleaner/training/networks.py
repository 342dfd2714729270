"""Small networks, trained by scikit-learn: out of fold for what learns from them, and on all."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from cleaner.model.batch import Float32
from cleaner.model.network import Network, standardise
from cleaner.training.datasets import Dataset
from cleaner.training.scorers import FOLDS

_UNITS = 64
_EPOCHS = 8
_RATE = 3e-3  # of learning at the start; it falls to nothing along half a cosine
_AVERAGED_EPOCHS = 3  # more of them, and they learn pages by heart
_AVERAGED_LINES = 300_000  # that each of several networks sees, drawn for each

Columns = NDArray[np.bool_]


def network(
    rows: Float32, data: Dataset, seed: int, *, units: int = _UNITS
) -> tuple[Float32, Network]:
    """Out-of-fold probabilities of all lines, and the network trained on all of them."""

    def fit(chosen: NDArray[np.intp]) -> Network:
        return fit_network(rows, data.is_body, data.weights, chosen, seed, units=units)

    return _out_of_fold(rows, data, [fit(data.rows(without=fold)) for fold in range(FOLDS)]), fit(
        data.rows()
    )


def averaged(
    rows: Float32, data: Dataset, seed: int, seen: Sequence[Columns]
) -> tuple[Float32, Network]:
    """As `network`, of several networks whose outputs are averaged before the logistic.

    Each sees some of the lines and the columns in one of `seen`: what they get wrong differs,
    so that they are surer together (bagging, Breiman 1996).
    """

    def fit(chosen: NDArray[np.intp]) -> Network:
        mean, scale = moments(rows, chosen)
        networks = []
        for number, columns in enumerate(seen):
            some = chosen
            if len(some) > _AVERAGED_LINES:
                rng = np.random.default_rng((seed, number))
                some = np.sort(rng.permutation(chosen)[:_AVERAGED_LINES])
            narrow = fit_network(
                rows[:, columns], data.is_body, data.weights, some, seed + number,
                epochs=_AVERAGED_EPOCHS, scaled=(mean[columns], scale[columns]),
            )  # fmt: skip
            networks.append((columns, narrow))
        return _joined(mean, scale, networks)

    return _out_of_fold(rows, data, [fit(data.rows(without=fold)) for fold in range(FOLDS)]), fit(
        data.rows()
    )


def _joined(mean: Float32, scale: Float32, parts: Sequence[tuple[Columns, Network]]) -> Network:
    """Networks of one hidden layer side by side as one, with the mean of their outputs."""
    hidden = []
    for columns, part in parts:
        weights = np.zeros((len(mean), part.weights[0].shape[1]), dtype=np.float32)
        weights[columns] = part.weights[0]
        hidden.append(weights)
    count = np.float32(len(parts))
    return Network(
        mean=mean,
        scale=scale,
        weights=(
            np.concatenate(hidden, axis=1),
            np.concatenate([part.weights[1] for _, part in parts]) / count,
        ),
        biases=(
            np.concatenate([part.biases[0] for _, part in parts]),
            np.sum([part.biases[1] for _, part in parts], axis=0, dtype=np.float32) / count,
        ),
    )


def _out_of_fold(rows: Float32, data: Dataset, networks: Sequence[Network]) -> Float32:
    guesses = np.zeros(len(rows), dtype=np.float32)
    for fold, trained in enumerate(networks):
        held = data.folds == fold
        guesses[held] = trained(rows[held])
    return guesses


def moments(rows: Float32, chosen: NDArray[np.intp]) -> tuple[Float32, Float32]:
    """What brings the chosen rows' columns to mean 0 and deviation 1: the mean and the scale."""
    mean = rows[chosen].mean(axis=0, dtype=np.float64).astype(np.float32)
    return mean, 1 / (rows[chosen].std(axis=0, dtype=np.float64).astype(np.float32) + 1e-6)


def fit_network(
    rows: Float32,
    labels: NDArray[np.generic],
    weights: Float32,
    chosen: NDArray[np.intp],
    seed: int,
    *,
    units: int = _UNITS,
    epochs: int = _EPOCHS,
    scaled: tuple[Float32, Float32] | None = None,
) -> Network:
    """A network of one hidden layer trained on the `chosen` rows; `scaled` are their moments.

    The rate of learning falls with each epoch (Loshchilov and Hutter 2017).
    """
    mean, scale = scaled or moments(rows, chosen)
    model = MLPClassifier(
        (units,), alpha=1.0, batch_size=min(512, len(chosen)), max_iter=1, warm_start=True
    )
    values = standardise(rows[chosen], mean, scale)
    share = weights[chosen] / weights[chosen].mean()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of epochs is chosen
        for epoch in range(epochs):
            falling = 0.5 * (1 + np.cos(np.pi * (epoch + 0.5) / epochs)) + 0.01
            model.set_params(random_state=seed + 1000 * epoch, learning_rate_init=_RATE * falling)
            model.fit(values, labels[chosen], sample_weight=share)
    return Network(
        mean=mean,
        scale=scale,
        weights=tuple(layer.astype(np.float32) for layer in model.coefs_),
        biases=tuple(layer.astype(np.float32) for layer in model.intercepts_),
    )
