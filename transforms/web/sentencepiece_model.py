"""Reads a SentencePiece model without the library's own Python messages, which want a newer protobuf than TensorFlow has.

The fields are those of `sentencepiece_model.proto`, with their numbers and defaults.
"""

from __future__ import annotations

from functools import cache
from typing import Any

_PIECE = {"piece": (1, "TYPE_STRING", None), "score": (2, "TYPE_FLOAT", None), "type": (3, "TYPE_INT32", "1")}
_TRAINER = {"unk_id": (40, "TYPE_INT32", "0")}
_NORMALIZER = {
    "precompiled_charsmap": (2, "TYPE_BYTES", None),
    "add_dummy_prefix": (3, "TYPE_BOOL", "true"),
    "remove_extra_whitespaces": (4, "TYPE_BOOL", "true"),
    "escape_whitespaces": (5, "TYPE_BOOL", "true"),
}


def sentencepiece_model(content: bytes) -> Any:
    """The message: `pieces`, `trainer_spec`, `normalizer_spec`."""
    return _model_class().FromString(content)


@cache
def _model_class() -> Any:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="vectormill/sentencepiece.proto", package="vectormill", syntax="proto2"
    )
    for message, scalars in (("Piece", _PIECE), ("Trainer", _TRAINER), ("Normalizer", _NORMALIZER)):
        added = file.message_type.add(name=message)
        for name, (number, scalar, default) in scalars.items():
            added.field.add(
                name=name,
                number=number,
                label=field.LABEL_OPTIONAL,
                type=field.Type.Value(scalar),
                default_value=default,
            )
    model = file.message_type.add(name="Model")
    for number, (name, of) in enumerate(
        (("pieces", "Piece"), ("trainer_spec", "Trainer"), ("normalizer_spec", "Normalizer")), start=1
    ):
        model.field.add(
            name=name,
            number=number,
            label=field.LABEL_REPEATED if name == "pieces" else field.LABEL_OPTIONAL,
            type=field.TYPE_MESSAGE,
            type_name=f".vectormill.{of}",
        )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("vectormill.Model"))
