"""`tf.train.Example` without TensorFlow, whose import takes seconds that a command which only plans need not spend.

The messages are declared here with the field numbers of TensorFlow's `example.proto` and `feature.proto`, in a
descriptor pool of their own, so that they stand beside TensorFlow's own where that is loaded.
"""

from __future__ import annotations

from functools import cache
from typing import Any

_REPEATED = {"BytesList": "TYPE_BYTES", "FloatList": "TYPE_FLOAT", "Int64List": "TYPE_INT64"}
_KINDS = {"bytes_list": "BytesList", "float_list": "FloatList", "int64_list": "Int64List"}


@cache
def example_class() -> Any:
    """The message class; `Example.FromString(data).features.feature` maps names to features."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="vectormill/example.proto", package="vectormill", syntax="proto3")

    def add(message: Any, name: str, number: int, *, of: str = "", scalar: str = "", repeated: bool = False) -> Any:
        return message.field.add(
            name=name,
            number=number,
            label=field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL,
            type=field.Type.Value(scalar) if scalar else field.TYPE_MESSAGE,
            type_name=f".vectormill.{of}" if of else None,
        )

    for name, scalar in _REPEATED.items():
        add(file.message_type.add(name=name), "value", 1, scalar=scalar, repeated=True)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, (kind, of) in enumerate(_KINDS.items(), start=1):
        add(feature, kind, number, of=of).oneof_index = 0
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    add(entry, "key", 1, scalar="TYPE_STRING")
    add(entry, "value", 2, of="Feature")
    add(features, "feature", 1, of="Features.FeatureEntry", repeated=True)
    add(file.message_type.add(name="Example"), "features", 1, of="Features")

    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("vectormill.Example"))
