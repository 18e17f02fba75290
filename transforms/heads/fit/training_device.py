"""Finds what heads are trained on, and whether in mixed precision: on a GPU alone, which computes float16 several times as fast.

Mixed precision multiplies in float16; weights, losses and whatever is evaluated stay float32.
"""

from __future__ import annotations

from dataclasses import dataclass

from transforms.encoders import devices


@dataclass(frozen=True, kw_only=True)
class TrainingDevice:
    """What a training runs on.

    Attributes:
      gpu: TensorFlow computes on a GPU.
      mixed: in mixed precision.
      may_fall_back: it was nobody's wish, so that float32 takes its place where it is not safe.
    """

    gpu: bool
    mixed: bool
    may_fall_back: bool = False

    @staticmethod
    def of(asked: bool | None) -> TrainingDevice:
        """This machine's device, of whose memory TensorFlow takes what it needs.

        Args:
          asked: for mixed precision, or against it; None: on a GPU.
        """
        gpu = devices.gpus_used() > 0
        if gpu:
            devices.let_memory_grow()
        return TrainingDevice(gpu=gpu, mixed=gpu if asked is None else asked, may_fall_back=gpu and asked is None)

    def __str__(self) -> str:
        """Words for the person; "" for float32 on processors, which is nothing to speak of."""
        if not self.gpu:
            return "in mixed precision" if self.mixed else ""
        return "on a GPU in mixed precision" if self.mixed else "on a GPU in float32"

    def in_float32(self) -> TrainingDevice:
        return TrainingDevice(gpu=self.gpu, mixed=False)
