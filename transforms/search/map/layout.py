"""Lays unit vectors out in a plane, so that vectors which are near each other are near in the plane, and clusters them.

The vectors are projected on their first principal components; of the graph of their nearest neighbours t-SNE makes the plane
(van der Maaten and Hinton, 2008; with interpolation, Linderman et al., 2019, which takes time and memory in proportion to the
rows). It begins at the first two components, so that what is far apart stays apart, and of many rows it is exaggerated, by 4 of
200,000, which draws as UMAP does (Böhm, Berens and Kobak, Attraction-Repulsion Spectrum in Neighbor Embeddings, 2022). The
vectors and the seed decide the result, whatever the number of threads.

openTSNE does the second half. umap-learn would, too, but compiles its loops in every process that imports it (6 to 17 seconds),
takes 190 MB with its compiler, and imports TensorFlow.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError, RunError

CLUSTERS = 12
"""At most: as many as colours can be told apart."""
_CLUSTER_ROWS = 20
_COMPONENTS = 128
_NEIGHBORS = 15
_FEWEST = 2 * _NEIGHBORS
_EXAGGERATION, _EXAGGERATED_BY = 4, 50_000
_EXACT_ROWS = 20_000
_PROBED = 8
_START = 1e-4
_OUTLIERS, _MARGIN = 0.001, 1.05
_FEW = 3_000
"""Rows up to which trees (Barnes-Hut) on one thread are faster than interpolation on several."""

Clusters = npt.NDArray[np.int16]
ReadBlocks = Callable[[], Iterable[Vectors]]


def require_layout() -> None:
    """Checks that what lays out is installed.

    Raises:
      RequestError: it is not.
    """
    if importlib.util.find_spec("openTSNE") is None:
        raise RequestError("a map needs the package openTSNE: pip install 'vectormill[map]', or give --no-map")


def projected(read: ReadBlocks, dim: int) -> Vectors:
    """Projects vectors on their first principal components: float32 [n, 128], or [n, dim] of fewer dimensions.

    Args:
      read: gives the vectors block by block, float32 [b, dim]; called twice, so that they need not fit into memory.
    """
    count, total, products = 0, np.zeros(dim), np.zeros((dim, dim))
    for block in read():
        count += len(block)
        total += block.sum(axis=0, dtype=np.float64)
        products += block.T @ block
    if not count:
        return np.empty((0, min(dim, _COMPONENTS)), np.float32)
    mean = total / count
    _, directions = np.linalg.eigh(products / count - np.outer(mean, mean))
    components = directions[:, ::-1][:, :_COMPONENTS]
    # An eigenvector may as well point the other way: its largest entry is positive.
    components = components * np.sign(components[np.abs(components).argmax(axis=0), np.arange(components.shape[1])])
    narrow = components.astype(np.float32)
    return np.concatenate([block @ narrow for block in read()])


def laid_out(points: Vectors, *, seed: int) -> Vectors:
    """Lays points out in the plane: float32 [n, 2], between -1 and 1 and centred.

    Args:
      points: float32 [n, d], as `projected` gives them.

    Raises:
      RequestError: openTSNE is not installed.
      RunError: it gave no finite coordinates.
    """
    plane = np.zeros((len(points), 2))
    plane[:, : points.shape[1]] = points[:, :2] - points[:, :2].mean(axis=0, dtype=np.float64) if len(points) else 0
    if len(points) >= _FEWEST:
        plane = _by_neighbors(points, plane, seed=seed)
    if not np.isfinite(plane).all():
        raise RunError("the layout of the map has no finite coordinates: leave out --map, and report the table's kind")
    # A few rows that are like no others lie far out: they go to the brim, so that the rest fills the plane.
    low, high = np.quantile(plane, [_OUTLIERS, 1 - _OUTLIERS], axis=0) if len(plane) else np.zeros((2, 2))
    reach = _MARGIN * float((high - low).max() / 2) or 1.0
    return np.clip((plane - (low + high) / 2) / reach, -1, 1).astype(np.float32)


def _by_neighbors(points: Vectors, start: npt.NDArray[np.float64], *, seed: int) -> npt.NDArray[np.float64]:
    require_layout()
    import faiss
    from openTSNE import TSNE
    from openTSNE.affinity import Uniform
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    is_few = len(points) <= _FEW
    threads = 1 if is_few else faiss.omp_get_max_threads()
    found = neighbors(points, _NEIGHBORS, seed=seed)
    graph = PrecomputedNeighbors(found, np.ones(found.shape))
    affinities = Uniform(knn_index=graph, k_neighbors=_NEIGHBORS, n_jobs=threads)
    spread = float(start[:, 0].std()) or 1.0
    layout = TSNE(
        exaggeration=max(1, min(_EXAGGERATION, len(points) / _EXAGGERATED_BY)),
        negative_gradient_method="bh" if is_few else "fft",
        n_jobs=threads,
        random_state=seed,
    )
    return np.asarray(layout.fit(affinities=affinities, initialization=start * (_START / spread)), np.float64)


def neighbors(points: Vectors, k: int, *, seed: int) -> npt.NDArray[np.int64]:
    """The k nearest others of each point by Euclidean distance, int64 [n, k]; of many points nearly the nearest.

    Args:
      points: more than k of them.
    """
    import faiss

    count, dim = points.shape
    index: Any = faiss.IndexFlatL2(dim)
    if count > _EXACT_ROWS:
        index = faiss.IndexIVFFlat(index, dim, int(count**0.5))
        index.nprobe, index.cp.seed, index.cp.niter, index.cp.max_points_per_centroid = _PROBED, seed, 10, 64
        index.train(points)
    index.add(points)
    _, found = index.search(points, k + 1)
    short = np.flatnonzero((found < 0).any(axis=1))
    if len(short):  # of lists with few points
        _, found[short] = faiss.knn(points[short], points, k + 1)
    # Not always the first: copies are as near. Where it is not among them, the last is one too many.
    is_self = found == np.arange(count)[:, None]
    is_self[~is_self.any(axis=1), -1] = True
    return found[~is_self].reshape(count, k)


def clustered(points: Vectors, *, seed: int) -> Clusters:
    """Clusters points by spherical k-means: int16 [n], 0 for the largest cluster; 12 clusters at most, of 20 rows on average."""
    import faiss

    wanted = max(1, min(CLUSTERS, len(points) // _CLUSTER_ROWS))
    if wanted == 1:
        return np.zeros(len(points), np.int16)
    means = faiss.Kmeans(points.shape[1], wanted, niter=25, spherical=True, seed=seed, min_points_per_centroid=1)
    means.train(points)
    _, nearest = means.index.search(points, 1)
    _, labels = np.unique(nearest[:, 0], return_inverse=True)
    by_size = np.argsort(-np.bincount(labels), kind="stable")
    return np.argsort(by_size)[labels].astype(np.int16)
