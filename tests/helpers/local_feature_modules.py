"""Saves modules of DELF's signatures whose features are real: corners of an image pyramid, described by their surroundings.

Features are Harris corners; each is turned by the direction of its intensity centroid (as ORB does) and described by a
histogram of gradients: 8 directions in a centre and four quadrants, 40 numbers. So the same point of a photograph has a like
descriptor when it is cut out, turned and compressed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

_DIRECTIONS = 8
_PATCH = 16
_STEP = 1.5
_BORDER = 14


def _kernel(values: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.constant(values[:, :, None, None].astype(np.float32))


def _gaussian(radius: int, sigma: float) -> np.ndarray:
    line = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * sigma**2))
    return np.outer(line, line) / line.sum() ** 2


def _filtered(grey: Any, values: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.nn.conv2d(grey, _kernel(values), 1, "SAME")


def _corners(grey: Any, limit: Any) -> tuple[Any, Any]:
    """Places int32 [n, 2] and scores [n] of corners in [1, h, w, 1]."""
    import tensorflow as tf

    across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
    dx, dy = _filtered(grey, across), _filtered(grey, across.T)
    window = _gaussian(4, 1.5)
    xx, yy, xy = (_filtered(product, window) for product in (dx * dx, dy * dy, dx * dy))
    harris = tf.maximum(xx * yy - xy * xy - 0.05 * (xx + yy) ** 2, 0.0)
    peak = tf.nn.max_pool2d(harris, 5, 1, "SAME")
    score = tf.where((harris >= peak) & (harris > 0), harris, 0.0)[0, :, :, 0] ** 0.25 * 5_000.0
    height, width = tf.shape(score)[0], tf.shape(score)[1]
    rows, columns = tf.range(height)[:, None], tf.range(width)[None, :]
    inside = (rows >= _BORDER) & (rows < height - _BORDER) & (columns >= _BORDER) & (columns < width - _BORDER)
    flat = tf.reshape(tf.where(inside, score, 0.0), [-1])
    scores, at = tf.math.top_k(flat, tf.minimum(limit, tf.size(flat)))
    return tf.stack([at // width, at % width], axis=1), scores


def _angles(grey: Any, places: Any) -> Any:
    import tensorflow as tf

    offsets = np.arange(-_BORDER + 1, _BORDER)
    y, x = (axis.reshape(-1) for axis in np.meshgrid(offsets, offsets, indexing="ij"))
    inside = y**2 + x**2 < _BORDER**2
    around = np.stack([y, x], axis=1)[inside].astype(np.int32)
    levels = tf.gather_nd(grey[0, :, :, 0], places[:, None, :] + around[None])
    moments = levels @ tf.constant(around.astype(np.float32))
    return tf.math.atan2(moments[:, 0], moments[:, 1])


def _patches(grey: Any, places: Any, angles: Any) -> Any:
    """Surroundings of places, turned upright: [n, 16, 16]."""
    import tensorflow as tf

    line = ((np.arange(_PATCH) - (_PATCH - 1) / 2) * _STEP).astype(np.float32)
    v, u = (tf.constant(axis)[None] for axis in np.meshgrid(line, line, indexing="ij"))
    cos, sin = tf.cos(angles)[:, None, None], tf.sin(angles)[:, None, None]
    centre = tf.cast(places, tf.float32)
    y = centre[:, 0, None, None] + sin * u + cos * v
    x = centre[:, 1, None, None] + cos * u - sin * v
    image = grey[0, :, :, 0]
    limit = tf.cast(tf.shape(image), tf.float32) - 1.001
    y, x = tf.clip_by_value(y, 0.0, limit[0]), tf.clip_by_value(x, 0.0, limit[1])
    top, left = tf.floor(y), tf.floor(x)
    down, right = y - top, x - left

    def at(dy: int, dx: int) -> Any:
        return tf.gather_nd(image, tf.stack([tf.cast(top, tf.int32) + dy, tf.cast(left, tf.int32) + dx], axis=3))

    upper = at(0, 0) * (1 - right) + at(0, 1) * right
    lower = at(1, 0) * (1 - right) + at(1, 1) * right
    return upper * (1 - down) + lower * down


def _descriptors(patches: Any) -> Any:
    """[n, 16, 16] -> [n, 40], of length 1."""
    import tensorflow as tf

    dx, dy = patches[:, 1:-1, 2:] - patches[:, 1:-1, :-2], patches[:, 2:, 1:-1] - patches[:, :-2, 1:-1]
    side = _PATCH - 2
    line = np.arange(side) - (side - 1) / 2
    v, u = np.meshgrid(line, line, indexing="ij")
    strength = tf.sqrt(dx * dx + dy * dy) * tf.constant(np.exp(-(u**2 + v**2) / 40).astype(np.float32))
    turn = tf.math.atan2(dy, dx) * (_DIRECTIONS / (2 * np.pi))
    distances = tf.abs(tf.math.floormod(turn[..., None] - tf.range(_DIRECTIONS, dtype=tf.float32) + 4, 8) - 4)
    weights = strength[..., None] * tf.maximum(1 - distances, 0)
    centre = u**2 + v**2 < 9
    cells = [centre, *(~centre & (u * a > 0) & (v * b > 0) for a in (-1, 1) for b in (-1, 1))]
    shares = tf.constant(np.stack([cell.astype(np.float32) for cell in cells]))
    histogram = tf.reshape(tf.einsum("nyxd,cyx->ncd", weights, shares), [-1, 5 * _DIRECTIONS])
    clipped = tf.minimum(tf.math.l2_normalize(histogram, axis=1), 0.35)
    return tf.math.l2_normalize(clipped, axis=1)


def features(image: Any, scales: Any, limit: Any, threshold: Any) -> dict[str, Any]:
    """What DELF gives of an image float32 [h, w, 3] in 0..1, all scales together, the highest scores first."""
    import tensorflow as tf

    grey = tf.image.rgb_to_grayscale(image)[None]
    size = tf.cast(tf.shape(image)[:2], tf.float32)

    def one_scale(number: Any, *found: Any) -> tuple[Any, ...]:
        scale = scales[number]
        small = tf.cast(tf.maximum(tf.round(size * scale), 2 * _BORDER + 2), tf.int32)
        smooth = _filtered(tf.image.resize(grey, small, antialias=True), _gaussian(3, 1.2))
        places, scores = _corners(smooth, limit)
        places = tf.boolean_mask(places, scores > threshold)
        scores = tf.boolean_mask(scores, scores > threshold)
        descriptors = _descriptors(_patches(smooth, places, _angles(smooth, places)))
        locations = (tf.cast(places, tf.float32) + 0.5) * (size / tf.cast(small, tf.float32)) - 0.5
        own = (locations, descriptors, tf.fill(tf.shape(scores), 1 / scale), scores)
        return (number + 1, *(tf.concat([before, now], axis=0) for before, now in zip(found, own, strict=True)))

    shapes: list[list[int | None]] = [[None, 2], [None, 5 * _DIRECTIONS], [None], [None]]
    empty = [tf.zeros([0, *shape[1:]]) for shape in shapes]
    _, locations, descriptors, scale, scores = tf.while_loop(
        lambda number, *found: number < tf.shape(scales)[0],
        one_scale,
        (tf.constant(0), *empty),
        shape_invariants=(tf.TensorShape([]), *map(tf.TensorShape, shapes)),
    )
    best = tf.argsort(scores, direction="DESCENDING", stable=True)[:limit]
    half = 12.0 * tf.gather(scale, best)[:, None]
    locations = tf.gather(locations, best)
    return {
        "locations": locations,
        "descriptors": tf.gather(descriptors, best),
        "boxes": tf.concat([locations - half, locations + half], axis=1),
        "scales": tf.gather(scale, best),
        "scores": tf.gather(scores, best),
    }


def save_delf_tf1(folder: Path) -> Path:
    """`delf/1` of TF Hub: a TF1 hub module with the signature `default`."""
    import tensorflow as tf

    from tests.transforms.encoders.hub_modules import Signatures, save_tf1

    v1 = tf.compat.v1

    def graph(training: bool) -> Signatures:
        inputs = {
            "image": v1.placeholder(tf.float32, [None, None, 3]),
            "image_scales": v1.placeholder(tf.float32, [None]),
            "max_feature_num": v1.placeholder(tf.int32, []),
            "score_threshold": v1.placeholder(tf.float32, []),
        }
        bias = v1.get_variable("bias", initializer=np.zeros(1, np.float32))  # a module without variables is odd
        image, scales, limit, threshold = inputs.values()
        return {"default": (inputs, features(image + bias, scales, limit, threshold))}

    return save_tf1(folder, graph)


def save_delf_tf2(folder: Path) -> Path:
    """As research/delf of tensorflow/models exports it: uint8, boxes and features."""
    import tensorflow as tf

    class ExtractModule(tf.Module):
        @tf.function(  # type: ignore[untyped-decorator]
            input_signature=[
                tf.TensorSpec([None, None, 3], tf.uint8, name="input_image"),
                tf.TensorSpec([None], tf.float32, name="input_scales"),
                tf.TensorSpec([], tf.int32, name="input_max_feature_num"),
                tf.TensorSpec([], tf.float32, name="input_abs_thres"),
            ]
        )
        def extract_features(
            self, input_image: Any, input_scales: Any, input_max_feature_num: Any, input_abs_thres: Any
        ) -> Any:
            image = tf.cast(input_image, tf.float32) / 255.0
            found = features(image, input_scales, input_max_feature_num, input_abs_thres)
            given = {"boxes": found["boxes"], "features": found["descriptors"], "scales": found["scales"]}
            return given | {"scores": found["scores"][:, None]}

    tf.saved_model.save(ExtractModule(), str(folder))
    return folder
