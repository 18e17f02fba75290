"""A published version as TensorFlow Serving opens it: through a session, which restores what the graph says and nothing more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.helpers import embedding
from tests.launch.conftest import Newsroom


@pytest.mark.parametrize("signature", ["serving_default", "from_vectors"])
def test_a_session_scores_as_the_restored_object_does(signature: str, newsroom: Newsroom) -> None:
    import tensorflow as tf

    rows = list(embedding.rows(str(newsroom.table)).values())[:20]
    path = f"{newsroom.model}/2"
    given: Any = [row["text"].encode() for row in rows]
    if signature == "from_vectors":
        given = np.array([row["embedding"] for row in rows], np.float32)
    restored = tf.saved_model.load(path)
    name = next(iter(restored.signatures[signature].structured_input_signature[1]))
    expected = restored.signatures[signature](**{name: tf.constant(given)})

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        meta = tf.compat.v1.saved_model.load(session, ["serve"], path)
        taken = meta.signature_def[signature]
        outputs = {key: tensor.name for key, tensor in taken.outputs.items()}
        found = session.run(outputs, {taken.inputs[name].name: given})

    assert sorted(found) == ["label", "score", "scores"]
    np.testing.assert_allclose(found["scores"], expected["scores"].numpy(), atol=1e-6)
    assert found["label"].tolist() == expected["label"].numpy().tolist()
    assert len(set(found["label"].tolist())) > 1
