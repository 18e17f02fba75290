"""Trains a multilayer perceptron on rows in memory, in NumPy: for the folds of a choice, where tracing graphs would take longest.

The same network, steps and end as `mlp.train` (dropout, AdamW, patience), from other random numbers, without checkpoints: a fold
of a few hundred rows takes a tenth of a second.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.heads.evaluation.scores import log_losses
from transforms.heads.fit.mlp import NORM
from transforms.heads.fit.training_data import TrainingBatch
from transforms.heads.job import Loss, MlpOptions

Array = npt.NDArray[np.float32]

_BETA, _BETA_OF_SQUARES, _EPSILON = 0.9, 0.999, 1e-7
"""Of Adam, as Keras has them."""


class NumpyMlp:
    """A network that learns from rows in memory.

    Attributes:
      kernels, biases: of each layer, float32.
    """

    def __init__(self, x: Array, *, classes: int, loss: Loss, options: MlpOptions, seed: int) -> None:
        self._loss, self._options = loss, options
        self._random = np.random.default_rng((options.seed, seed))
        self._centre = x.mean(axis=0)
        spread = float(np.sqrt(np.maximum(((x - self._centre) ** 2).sum(axis=1).mean(), 1e-30)))
        self._scale = np.float32(NORM / spread)
        sizes = [x.shape[1], *options.hidden, classes]
        self.kernels = [self._glorot(a, b) for a, b in pairwise(sizes)]
        self.biases = [np.zeros(size, np.float32) for size in sizes[1:]]

    def train(self, rows: TrainingBatch, stop: TrainingBatch) -> None:
        """Trains on `rows` until the loss on `stop` has not fallen for `patience` epochs; keeps the best epoch's weights."""
        x, truth, weight = self._normalised(rows[0]), rows[1], rows[2]
        options = self._options
        parameters = [*self.kernels, *self.biases]
        means, squares = ([np.zeros_like(p) for p in parameters] for _ in range(2))
        best, least, waited, step = [p.copy() for p in parameters], np.inf, 0, 0
        for _ in range(options.epochs):
            order = self._random.permutation(len(x))
            for start in range(0, len(x), options.batch):
                some = order[start : start + options.batch]
                step += 1
                slopes = self._slopes(x[some], truth[some], weight[some])
                self._move(parameters, slopes, means, squares, step)
            loss = float(np.average(log_losses(self.logits(stop[0]), stop[1]), weights=stop[2]))
            if loss < least:
                best, least, waited = [p.copy() for p in parameters], loss, 0
            else:
                waited += 1
            if waited >= options.patience:
                break
        for parameter, kept in zip(parameters, best, strict=True):
            parameter[...] = kept

    def logits(self, x: Array) -> Array:
        """float32 [n, K] of x float32 [n, d]."""
        h = self._normalised(x)
        for kernel, bias in zip(self.kernels[:-1], self.biases[:-1], strict=True):
            h = np.maximum(h @ kernel + bias, 0)
        made: Array = h @ self.kernels[-1] + self.biases[-1]
        return made

    def _normalised(self, x: Array) -> Array:
        normalised: Array = (x - self._centre) * self._scale
        return normalised

    def _glorot(self, rows: int, columns: int) -> Array:
        end = np.sqrt(6 / (rows + columns))
        return self._random.uniform(-end, end, (rows, columns)).astype(np.float32)

    def _dropped(self, h: Array, share: float) -> tuple[Array, Array | None]:
        """h with a share of its numbers left out, and what it was multiplied by."""
        if not share:
            return h, None
        kept = (self._random.random(h.shape, np.float32) >= share).astype(np.float32) / np.float32(1 - share)
        return h * kept, kept

    def _slopes(self, x: Array, truth: npt.NDArray[Any], weight: Array) -> list[Array]:
        """Gradients of the mean weighted loss: of the kernels, then of the biases."""
        h, _ = self._dropped(x, self._options.input_dropout)
        inputs, masks = [h], []
        for kernel, bias in zip(self.kernels[:-1], self.biases[:-1], strict=True):
            z = h @ kernel + bias
            h, kept = self._dropped(np.maximum(z, 0), self._options.dropout)
            inputs.append(h)
            masks.append((z > 0) if kept is None else (z > 0) * kept)
        logits = h @ self.kernels[-1] + self.biases[-1]
        if self._loss == "softmax":
            slope = np.exp(logits - logits.max(axis=1, keepdims=True))
            slope /= slope.sum(axis=1, keepdims=True)
            slope[np.arange(len(slope)), truth] -= 1
        else:
            slope = ((np.tanh(logits / 2) + 1) / 2 - truth) / logits.shape[1]
        slope = (slope * (weight / len(x))[:, None]).astype(np.float32)
        kernels, biases = [], []
        for place in reversed(range(len(self.kernels))):
            kernels.append(inputs[place].T @ slope)
            biases.append(slope.sum(axis=0))
            if place:
                slope = (slope @ self.kernels[place].T) * masks[place - 1]
        return [*reversed(kernels), *reversed(biases)]

    def _move(
        self, parameters: list[Array], slopes: list[Array], means: list[Array], squares: list[Array], step: int
    ) -> None:
        """A step of AdamW, in place; biases do not decay."""
        rate = self._options.learning_rate
        size = np.float32(rate * np.sqrt(1 - _BETA_OF_SQUARES**step) / (1 - _BETA**step))
        for parameter, slope, mean, square in zip(parameters, slopes, means, squares, strict=True):
            mean += (slope - mean) * np.float32(1 - _BETA)
            square += (slope * slope - square) * np.float32(1 - _BETA_OF_SQUARES)
            if parameter.ndim == 2:
                parameter *= np.float32(1 - rate * self._options.weight_decay)
            parameter -= size * mean / (np.sqrt(square) + np.float32(_EPSILON))
