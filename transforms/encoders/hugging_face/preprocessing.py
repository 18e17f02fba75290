"""Reads `preprocessor_config.json`: how pixels become what an image network was trained with.

Known are resizing (by the shorter side or to a height and a width; bilinear or bicubic), a centre crop, and a linear map of each
colour, which is nearly all that image processors of Hugging Face do. Values that a file leaves out are those of its class.
Two things are done as for every encoder here: images are turned as EXIF says, and transparency is composited.

Raises, all RequestError: anything else that a file asks for, since vectors of other pixels would be silently wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transforms.common.errors import RequestError
from transforms.encoders.spec import Fit, Resampling

_FILTERS: dict[Any, Resampling] = {2: "bilinear", 3: "bicubic", "bilinear": "bilinear", "bicubic": "bicubic"}
_FILTER_NAMES = {0: "nearest", 1: "lanczos", 4: "box", 5: "hamming"}
_KNOWN_STEPS = {"do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_convert_rgb"}
_OTHER_STEPS = ("rescale_offset", "include_top", "crop_pct")
_HALF = [0.5, 0.5, 0.5]
_CLIP_MEAN, _CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
_CLIP = {"size": {"shortest_edge": 224}, "crop_size": 224, "resample": 3, "do_center_crop": True,
         "image_mean": _CLIP_MEAN, "image_std": _CLIP_STD}  # fmt: skip
_DEFAULTS: dict[str, dict[str, Any]] = {
    "CLIP": _CLIP,
    "Bit": _CLIP,
    "ViT": {"size": 224, "resample": 2, "image_mean": _HALF, "image_std": _HALF},
    "Siglip": {"size": 224, "resample": 3, "image_mean": _HALF, "image_std": _HALF},
    "DeiT": {"size": 256, "crop_size": 224, "resample": 3, "do_center_crop": True, "image_mean": _HALF, "image_std": _HALF},
}  # fmt: skip
"""What the classes of transformers do where a file says nothing, by the beginnings of their names."""
_SHORTER_SIDE = (
    "CLIP",
    "ChineseCLIP",
    "Bit",
    "ConvNext",
    "Levit",
    "MobileNetV1",
    "MobileNetV2",
    "MobileViT",
    "PoolFormer",
)
"""Classes for which a `size` that is one number is the shorter side; for the others it is height and width."""


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """What is done to an image.

    Attributes:
      image_size: (height, width) that the network gets.
      fit, resampling, resized: as in `EncoderSpec`.
      scale, offset: of each colour: the network gets `pixel * scale + offset` of pixels 0..255.
    """

    image_size: tuple[int, int]
    fit: Fit
    resampling: Resampling
    resized: tuple[int, int] | None
    scale: tuple[float, float, float]
    offset: tuple[float, float, float]


def parsed(stored: dict[str, Any], path: Path) -> Preprocessing:
    """What the content of a `preprocessor_config.json` at `path` asks for. Raises RequestError."""
    kind = str(stored.get("image_processor_type") or stored.get("feature_extractor_type") or "")
    if stored.get("auto_map"):
        raise RequestError(f"{path} needs code of its own ({kind}), which is never run")
    # A null stands for the default, as a missing key does.
    given = {key: value for key, value in stored.items() if value is not None}
    defaults = next((values for name, values in _DEFAULTS.items() if kind.startswith(name)), {})
    config = {**defaults, **given}
    _refuse_other_steps(config, path)
    crops = bool(config.get("do_center_crop", "crop_size" in given))
    if not config.get("do_resize", True):
        raise RequestError(f"{path}: do_resize is off: images of one size alone can be encoded together")
    image_size, fit, resized = _sizes(config, kind, path, crops=crops)
    scale, offset = _linear(config, path)
    return Preprocessing(
        image_size=image_size,
        fit=fit,
        resampling=_filter(config, path),
        resized=resized,
        scale=scale,
        offset=offset,
    )


def _refuse_other_steps(config: dict[str, Any], path: Path) -> None:
    steps = [key for key in config if key.startswith("do_") and key not in _KNOWN_STEPS]
    for key in (*steps, *_OTHER_STEPS):
        if config.get(key):
            raise RequestError(f"{path}: asks for {key}, which is not done here")


def _filter(config: dict[str, Any], path: Path) -> Resampling:
    asked = config.get("resample", 2)
    found = _FILTERS.get(asked.lower() if isinstance(asked, str) else asked)
    if found is None:
        name = _FILTER_NAMES.get(asked, asked) if isinstance(asked, int) else asked
        raise RequestError(f"{path}: resizes by the filter {name}; bilinear (2) and bicubic (3) are done here")
    return found


def _sizes(
    config: dict[str, Any], kind: str, path: Path, *, crops: bool
) -> tuple[tuple[int, int], Fit, tuple[int, int] | None]:
    """The size that the network gets, how it comes about, and the size of which it is the centre."""
    size = config.get("size")
    if isinstance(size, int) and not isinstance(size, bool):
        size = {"shortest_edge": size} if kind.startswith(_SHORTER_SIDE) else {"height": size, "width": size}
    crop = _height_and_width(config.get("crop_size"), "crop_size", path) if crops else None
    if isinstance(size, dict) and set(size) == {"shortest_edge"} and _is_side(size["shortest_edge"]):
        side = size["shortest_edge"]
        if crop is None:
            raise RequestError(f"{path}: resizes the shorter side alone, and images would have many shapes")
        resized = (side, side)
        if max(crop) > side:
            raise RequestError(f"{path}: crop_size {crop} is larger than what it is cut from, {side} pixels")
        return crop, "crop", resized
    whole = _height_and_width(size, "size", path)
    if crop is None or crop == whole:
        return whole, "stretch", None
    if crop[0] > whole[0] or crop[1] > whole[1]:
        raise RequestError(f"{path}: crop_size {crop} is larger than what it is cut from, {whole}")
    return crop, "stretch", whole


def _height_and_width(value: Any, name: str, path: Path) -> tuple[int, int]:
    if _is_side(value):
        return value, value
    if isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_side, value)):
        return value[0], value[1]
    if isinstance(value, dict) and set(value) == {"height", "width"} and all(map(_is_side, value.values())):
        return value["height"], value["width"]
    raise RequestError(f"{path}: {name} is {value!r}: known are a number, height and width, and of size shortest_edge")


def _is_side(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 4096


def _linear(config: dict[str, Any], path: Path) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    factor = config.get("rescale_factor", 1 / 255) if config.get("do_rescale", True) else 1.0
    mean, std = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    if config.get("do_normalize", True):
        mean, std = (_of_colours(config.get(key), key, path) for key in ("image_mean", "image_std"))
    if not _is_number(factor) or not factor or 0 in std:
        raise RequestError(f"{path}: rescale_factor and image_std are numbers other than 0")
    red, green, blue = ((factor / deviation, -middle / deviation) for middle, deviation in zip(mean, std, strict=True))
    return (red[0], green[0], blue[0]), (red[1], green[1], blue[1])


def _of_colours(value: Any, name: str, path: Path) -> tuple[float, float, float]:
    values = [value] * 3 if _is_number(value) else value
    if not isinstance(values, list) or len(values) != 3 or not all(map(_is_number, values)):
        raise RequestError(f"{path}: {name} is {value!r}: known are three numbers, one of each colour")
    return float(values[0]), float(values[1]), float(values[2])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
