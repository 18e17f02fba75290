"""Describes encoders before they are loaded.

A plan, a table and a dry run need an encoder's modality, dimension and fingerprint long before any
worker loads its weights, so the description is a plain value and importing it costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from transforms.common.arrays import Pixels, Vectors

Modality = Literal["text", "image", "vectors"]
"""Of an encoder's items; "vectors": they were made elsewhere, by an encoder that is not known here."""
HalfPrecision = Literal["bfloat16", "float16"]
Precision = Literal["float32", "bfloat16", "float16"]
PrecisionChoice = Literal["auto", "float32", "bfloat16", "float16"]
Engine = Literal["tensorflow", "openvino"]
EngineChoice = Literal["auto", "tensorflow", "openvino"]
Fit = Literal["crop", "stretch", "within"]
Transparency = Literal["composite", "drop"]
Resampling = Literal["bilinear", "bicubic"]

TEXT_BATCH = 2_048
"""Texts of one call at most: with more, a fast encoder and the writer wait for each other."""


@dataclass(frozen=True, kw_only=True)
class EncoderSpec:
    """A frozen pre-trained network, described.

    Attributes:
      name: as given to `--encoder`.
      handle: where the weights come from: a TF Hub URL with its version, `keras://Name`, `builtin://name`,
        or a path to a SavedModel or a .keras file.
      modality: "text" takes UTF-8 strings, "image" takes decoded pixels.
      dim: length of a vector; None where only loading can tell.
      image_size: (height, width) in pixels that images are resized to; None for text.
      fit: how an image of another shape becomes that size: its largest centred rectangle; all of it, stretched; or all of it in
        its own shape, reduced to fit within.
      resampling: the filter that resizes, as wide as the reduction.
      resized: (height, width) to which an image is resized before its centre of `image_size` is cut out, with `fit` "crop" by
        its shorter side; None: nothing is cut off.
      transparency: "composite" on white or black; "drop" leaves the colours below alpha, as tables of version 0.1 have it.
      pixel_range: the range that the network wants 0..255 mapped to; None for text.
      licence: SPDX name, or "unknown".
      download_bytes: size of the download, None where unknown.
      batch_items: the most items that one call should get.
      batch_chars: the most characters that one call should get; text only.
      max_tokens: that it reads of a text, and what follows changes no vector; None: it reads all, or that is not known.
      tokenizer: the name of the one that counts its tokens (`transforms.encoders.tokenizers`).
      streams: calls that may run at the same time; of an image network on processors as many as there are cores.
      note: one line shown beside the name ("a baseline, not a network").
      query_prompt, document_prompt: stand before the texts of questions and of the corpus, where the handle names them; None: as
        the model's own files say. `{}` in one is where the text goes.
      two_towers: it has a network for texts and one for images, into one space: this is the one of `modality`.
      features_per_image: the most local features that it gives of an image, each of which is a row of its own; None: an image has
        one vector.
    """

    name: str
    handle: str
    modality: Modality
    dim: int | None
    image_size: tuple[int, int] | None = None
    fit: Fit = "crop"
    resampling: Resampling = "bilinear"
    resized: tuple[int, int] | None = None
    transparency: Transparency = "composite"
    pixel_range: tuple[float, float] | None = None
    licence: str = "unknown"
    download_bytes: int | None = None
    batch_items: int = TEXT_BATCH
    batch_chars: int = 262_144
    max_tokens: int | None = None
    tokenizer: str = "estimate"
    streams: int = 2
    note: str = ""
    query_prompt: str | None = None
    document_prompt: str | None = None
    two_towers: bool = False
    features_per_image: int | None = None


@dataclass(frozen=True, kw_only=True)
class Computation:
    """How an encoder computes its vectors on this machine.

    Attributes:
      engine: what runs the graph.
      cosine: the least cosine to the reference, TensorFlow in float32, over the items of the self-check; None: it is the
        reference.
      note: one line for the person, where another engine was wanted; else "".
    """

    engine: str
    cosine: float | None = None
    note: str = ""


NOTHING_COMPUTED = Computation(engine="")


class Encoder(Protocol):
    """A loaded encoder. Implementations are thread-safe: calls may overlap.

    Attributes:
      exact: of one in half precision: loads the same network in float32, for items whose numbers are too large; else None.
    """

    spec: EncoderSpec
    fingerprint: str
    computation: Computation
    exact: Callable[[], Encoder] | None

    def encode(self, items: list[str] | Pixels) -> Vectors:
        """Vectors of a batch.

        Args:
          items: text: n strings. image: uint8 [n, height, width, 3], RGB, already of `spec.image_size`.

        Returns:
          float32 [n, dim], row i belongs to item i.

        Raises:
          tensorflow.errors.ResourceExhaustedError: out of memory; the caller halves the batch.
          Exception: anything else: the caller looks for the guilty item by bisection.
        """
        ...


@runtime_checkable
class TwoSidedEncoder(Protocol):
    """An encoder that makes other vectors of questions than of documents: by a prompt, or by a network of its own."""

    def encode_queries(self, texts: list[str]) -> Vectors:
        """As `Encoder.encode`, of questions."""
        ...


def query_vectors(encoder: Encoder, texts: list[str]) -> Vectors:
    """Vectors of questions: float32 [n, dim]."""
    return encoder.encode_queries(texts) if isinstance(encoder, TwoSidedEncoder) else encoder.encode(texts)


class LoadableEncoder(Protocol):
    """An encoder that is described and fingerprinted but not loaded; small and picklable."""

    @property
    def spec(self) -> EncoderSpec: ...

    @property
    def precision(self) -> Precision: ...

    @property
    def fingerprint(self) -> str: ...

    def load(self) -> Encoder: ...
