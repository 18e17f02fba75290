"""Describes the encoder of a folder without loading it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from transforms.common.errors import RequestError
from transforms.encoders import handles
from transforms.encoders.hugging_face import image_folder, onnx_towers
from transforms.encoders.hugging_face.folder_tokenizer import room_for_text
from transforms.encoders.spec import EncoderSpec


def described(spec: EncoderSpec, path: Path) -> EncoderSpec:
    """`spec` completed with what the files in a folder say.

    Raises:
      RequestError: as `folder.read` and `image_folder.read`; the handle asks for a tower that it does not have.
    """
    asked, onnx = handles.parse_folder(spec.handle).modality, handles.graph_of(spec.handle)
    has_images = image_folder.is_image_folder(path)
    if has_images and asked != "text":
        images = image_folder.read(path, onnx=onnx)
        pixels = images.preprocessing
        return replace(
            spec,
            modality="image",
            dim=onnx_towers.dim_of(images),
            image_size=pixels.image_size,
            fit=pixels.fit,
            resampling=pixels.resampling,
            resized=pixels.resized,
            two_towers=images.has_text_tower,
        )
    if asked == "image":
        raise RequestError(f"{spec.name}: has no network for images")
    texts = image_folder.read_text_side(path, onnx=onnx)
    prompt = texts.document_prompt if spec.document_prompt is None else spec.document_prompt
    return replace(spec, modality="text", dim=texts.dim, max_tokens=room_for_text(texts, prompt), two_towers=has_images)
