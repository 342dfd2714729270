"""A small feed-forward network evaluated in numpy, so that scoring needs no training library."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cleaner.model.batch import Float32

LIMIT = 5.0  # standardised features are cut off here, so that no odd line saturates a unit


@dataclass(frozen=True, slots=True)
class Network:
    """Standardise, multiply, rectify, …, and a logistic output.

    `mean` and `scale` are (features,), `weights` (inputs, units) and `biases` (units,) by layer.
    """

    mean: Float32
    scale: Float32
    weights: tuple[Float32, ...]
    biases: tuple[Float32, ...]

    def __call__(self, rows: Float32) -> Float32:
        """Probabilities of the rows, (lines,), from a matrix of (lines, features)."""
        values = standardise(rows, self.mean, self.scale)
        for weights, biases in zip(self.weights[:-1], self.biases[:-1], strict=True):
            values = values @ weights
            values += biases
            np.maximum(values, 0, out=values)
        output = (values @ self.weights[-1] + self.biases[-1])[:, 0]
        return np.asarray(1 / (1 + np.exp(-np.clip(output, -30, 30))), dtype=np.float32)


def standardise(rows: Float32, mean: Float32, scale: Float32) -> Float32:
    """`rows` with each column brought to mean 0 and deviation 1, cut off at `LIMIT`."""
    values = np.subtract(rows, mean, dtype=np.float32)
    values *= scale
    return np.clip(values, -LIMIT, LIMIT, out=values)
