"""Reads the size of images that a module in TF1 hub format was made for, where its signature leaves the size open.

`hub.attach_image_module_info` stored it beside each graph, as a `ModuleAttachment` whose value is an `ImageModuleInfo`
(tensorflow/hub, module_attachment.proto and image_module_info.proto); today's tensorflow_hub reads neither.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

_COLLECTION = "hub_module_attachments"
_KEY = b"image_module_info"


def image_size(folder: Path) -> tuple[int, int] | None:
    """(height, width) in pixels; None where the module says nothing of it, or is of another format."""
    graph = folder / "saved_model.pb"
    if not graph.is_file():
        return None
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf import saved_model_pb2

    try:
        stored = saved_model_pb2.SavedModel.FromString(graph.read_bytes())
        for meta_graph in stored.meta_graphs:
            for attached in meta_graph.collection_def[_COLLECTION].bytes_list.value:
                message = _fields(attached)
                if message.get(1) == _KEY:
                    size = _fields(_fields(message[2])[1])
                    return int(size[1]), int(size[2])
    except (DecodeError, KeyError):
        return None
    return None


def _fields(message: bytes) -> dict[int, Any]:
    """The values of a message by the numbers of its fields."""
    from google.protobuf.empty_pb2 import Empty
    from google.protobuf.unknown_fields import UnknownFieldSet

    return {field.field_number: field.data for field in UnknownFieldSet(Empty.FromString(message))}
