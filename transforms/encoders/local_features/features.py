"""Describes the local features of an image: descriptors and where they are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Vectors

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LocalFeatures:
    """The features of one image, the highest scores first.

    Attributes:
      descriptors: float32 [n, dim].
      places: float32 [n, 2]: y and x in pixels, from the image's top left corner.
      scales: float32 [n]: of the image pyramid, where the feature was found; NaN where the module does not say.
      scores: float32 [n]: how noteworthy the point is, by the module's own measure; NaN likewise.
    """

    descriptors: Vectors
    places: Floats
    scales: Floats
    scores: Floats

    def __len__(self) -> int:
        return len(self.descriptors)

    def enlarged(self, by: tuple[float, float]) -> LocalFeatures:
        """The same features with their places in an image that is larger by a factor of height and one of width."""
        return replace(self, places=self.places * np.array(by, np.float32))
