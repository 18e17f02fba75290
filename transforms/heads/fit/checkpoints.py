"""Saves a training after each epoch, so that a killed one goes on from there and ends with its best epoch.

The best networks are saved first: killed between the two, an epoch is run again and saved again. One older `best` is kept, for
hardware on which the second run need not come out as the first did.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from transforms.common.errors import RequestError
from transforms.storage.formats import known_fields
from transforms.storage.mirror import Mirror


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """Losses of a pass over the training rows: weighted means in nats.

    Attributes:
      number: counted from 1; 0 stands for the state before any step.
      train_loss: over the steps, each before its update.
      eval_loss: on the eval rows after the last step; None without any.
    """

    number: int
    train_loss: float
    eval_loss: float | None


def best_epoch(history: list[Epoch]) -> int:
    """The number of the first epoch of the least eval loss; of the last one where there are no eval rows."""
    losses = [(epoch.eval_loss, epoch.number) for epoch in history if epoch.eval_loss is not None]
    return min(losses)[1] if losses else len(history) and history[-1].number


def learning_curve(history: list[Epoch], *, x_name: str) -> dict[str, Any]:
    """The losses by epoch, as "learning_curve" in a report."""
    return {
        "x_name": x_name,
        "x": [epoch.number for epoch in history],
        "x_log": False,
        "series": {
            "training loss": [epoch.train_loss for epoch in history],
            "eval loss": [epoch.eval_loss for epoch in history],
        },
        "chosen": best_epoch(history),
    }


class Checkpoints:
    """Two series in a folder: `last` has all that the next epoch needs, `best` the networks alone.

    Args:
      networks: what is trained, by names that tell them apart in a checkpoint.
      identity: what makes the checkpoint this training's, as JSON gives it back; another one's is refused.
    """

    def __init__(
        self, folder: str, networks: Mapping[str, Any], optimizer: Any, *, identity: Mapping[str, Any] | None = None
    ) -> None:
        import tensorflow as tf

        self._folder = folder
        self._mirror = Mirror(folder)
        self._local = self._mirror.local
        self._identity = dict(identity or {})
        self._progress = tf.Variable("", dtype=tf.string, trainable=False)
        self._networks = tf.train.Checkpoint(**networks)
        self._state = tf.train.Checkpoint(**networks, optimizer=optimizer, progress=self._progress)
        self._best = tf.train.CheckpointManager(self._networks, f"{self._local}/best", max_to_keep=2)
        self._last = tf.train.CheckpointManager(self._state, f"{self._local}/last", max_to_keep=1)

    def restore(self) -> list[Epoch]:
        """Puts the state after the last finished epoch into networks and optimiser; the epochs so far.

        Raises:
          RequestError: the folder holds another training.
        """
        import tensorflow as tf

        path = self._last.latest_checkpoint
        if path is None:
            return []
        # Read alone at first: weights of another shape would fail with less to say.
        tf.train.Checkpoint(progress=self._progress).restore(path).expect_partial()
        progress = json.loads(self._progress.numpy())
        if isinstance(progress, list):  # of a fine-tuning by an early release
            progress = {"training": {}, "history": progress}
        theirs = progress["training"]
        if other := [name for name, value in self._identity.items() if theirs.get(name) != value]:
            raise RequestError(
                f"{self._folder} holds a training that differs in {', '.join(other)}: "
                "ask for the same one, delete the folder, or choose another"
            )
        self._state.restore(path).assert_existing_objects_matched()
        return [Epoch(**known_fields(Epoch, epoch, where=self._folder)) for epoch in progress["history"]]

    def save(self, history: list[Epoch]) -> None:
        """Saves the state after the last epoch of `history`."""
        epoch = history[-1]
        if epoch.eval_loss is not None and best_epoch(history) == epoch.number:
            self._best.save(checkpoint_number=epoch.number)
        progress = {"training": self._identity, "history": [asdict(epoch) for epoch in history]}
        self._progress.assign(json.dumps(progress))
        self._last.save(checkpoint_number=epoch.number)
        self._mirror.save()

    def restore_best(self, history: list[Epoch]) -> None:
        """Puts the best epoch's weights into the networks, which hold those of the last."""
        best = best_epoch(history)
        if best < history[-1].number:
            self._networks.restore(f"{self._local}/best/ckpt-{best}").assert_existing_objects_matched()
