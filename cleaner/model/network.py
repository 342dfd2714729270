"""A small feed-forward network evaluated in numpy, so that scoring needs no training library."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cleaner.model.batch import Float32
from cleaner.native import load

_compiled = load("windows")

_FURTHEST = 40.0  # from 0 of an output whose exponential counts
_BLOCK = 512  # rows at once, which stay near the processor from one step to the next
LIMIT = 5.0  # standardised features are cut off here, so that no odd line saturates a unit


@dataclass(frozen=True, slots=True)
class Network:
    """Standardise, multiply, rectify, …, multiply; called, with one logistic output.

    `mean` and `scale` are (features,), `weights` (inputs, units) and `biases` (units,) by layer.
    """

    mean: Float32
    scale: Float32
    weights: tuple[Float32, ...]
    biases: tuple[Float32, ...]

    def __call__(self, rows: Float32) -> Float32:
        """Probabilities of the rows, (lines,), from a matrix of (lines, features)."""
        return logistic(self.outputs(rows)[:, 0])

    def outputs(self, rows: Float32) -> Float32:
        """The last layer's sums, (lines, outputs)."""
        return self.finish(self.hidden(rows))

    def finish(self, hidden: Float32) -> Float32:
        """The last layer's sums of what `hidden` gave."""
        return np.asarray(hidden @ self.weights[-1] + self.biases[-1], dtype=np.float32)

    def hidden(self, rows: Float32) -> Float32:
        """The units of the last layer but one, (lines, units)."""
        units = np.empty((len(rows), len(self.weights[-1])), dtype=np.float32)
        for at in range(0, len(rows), _BLOCK):
            values = standardise(rows[at : at + _BLOCK], self.mean, self.scale)
            for weights, biases in zip(self.weights[:-1], self.biases[:-1], strict=True):
                values = values @ weights
                values += biases
                np.maximum(values, 0, out=values)
            units[at : at + _BLOCK] = values
        return units


def logistic(output: Float32) -> Float32:
    """Probabilities from log-odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(output, -30, 30))), dtype=np.float32)


def softmax(outputs: Float32) -> Float32:
    """Each row of `outputs` as shares that sum to 1.

    Outputs are cut off where their exponentials leave float32, which costs far less than to find
    each row's greatest; and a product with ones sums short rows faster than a sum does.
    """
    shares = np.clip(outputs, -_FURTHEST, _FURTHEST, dtype=np.float32)
    np.exp(shares, out=shares)
    shares /= (shares @ np.ones(shares.shape[1], dtype=np.float32))[:, None]
    return np.asarray(shares, dtype=np.float32)


def standardise(rows: Float32, mean: Float32, scale: Float32) -> Float32:
    """`rows` with each column brought to mean 0 and deviation 1, cut off at `LIMIT`.

    Raises:
        ValueError: `mean` or `scale`, which a model's file gives, are of another width.
    """
    if not mean.shape == scale.shape == rows.shape[1:]:
        raise ValueError(f"{rows.shape[1]} columns, but {len(mean)} means and {len(scale)} scales")
    is_plain = rows.dtype == mean.dtype == scale.dtype == np.float32
    if _compiled is not None and is_plain and rows.itemsize in rows.strides:
        found: Float32 = _compiled.standardise(rows, mean, scale, LIMIT)
        return found
    values = np.subtract(rows, mean, dtype=np.float32)
    values *= scale
    return np.clip(values, -LIMIT, LIMIT, out=values)
