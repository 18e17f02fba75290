"""`vectormill embed` with minilm over the same network called by hand, on ONNX Runtime and on OpenVINO.

    python -m benchmarks.text_minilm [--corpus reviews]     # two minutes

By hand is what a person writes: all texts tokenised at once, sorted by length, in batches of 32 that are filled up to their
longest, through a graph in ONNX with the model's own weights (`graph`), mean and length in NumPy; ONNX Runtime with a thread a
core, in an environment of its own, and OpenVINO with its defaults. The texts are in memory, and the vectors stay there.
`vectormill embed` is the whole job with a warm encoder. At least 0.8 of the better one by hand.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import CORPORA, WORK, new_run, seconds, show, verdict
from benchmarks.figures import record
from benchmarks.minilm_reference import environment
from launch.terminal.quiet import quieten
from transforms.encoders.hugging_face import folder as model_folder
from transforms.encoders.hugging_face.weights import Affine, read_bert

_ABSTRACTS = 500
_EVERY = 4
_HEADS = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", choices=["scifact", "reviews"], action="append")
    asked = parser.parse_args()
    quieten()
    from transforms import encoders

    location = encoders.resolve("minilm").location
    assert location is not None, "its files are on the disk"
    WORK.mkdir(exist_ok=True)
    path = WORK / "minilm.onnx"
    if not path.exists():
        path.write_bytes(graph(location))
    for name in asked.corpus or ["scifact"]:
        texts = _texts(name)
        rates = {
            "ONNX Runtime by hand": _by_script(environment("onnx", WORK), "rate", path, location, texts),
            "OpenVINO by hand": _by_script(Path(sys.executable), "rate-openvino", path, location, texts),
        }
        ours = _embedded(name, texts)
        best = max(rates.values())
        show(
            f"minilm, {len(texts):,} texts of {name}",
            ["what", "texts/s"],
            [
                *([what, f"{rate:,.0f}"] for what, rate in rates.items()),
                ["vectormill embed", f"{ours:,.0f}"],
                ["over the better one by hand", verdict(ours / best, 0.8)],
            ],
        )
        if name == "scifact":
            record({"scifact": ours / best, "scifact_rate": ours})


def _texts(name: str) -> list[str]:
    if name == "reviews":
        files = [CORPORA / "movie_reviews" / f"{side}.txt" for side in ("pos", "neg")]
        lines = [line for file in files for line in file.read_text("utf-8", "replace").splitlines() if line.strip()]
        return lines[::_EVERY]
    with (CORPORA / "scifact" / "corpus.jsonl").open(encoding="utf-8") as stream:
        return [f"{one['title']} {one['text']}" for one in map(json.loads, stream)][:_ABSTRACTS]


def _by_script(python: Path, job: str, graph_file: Path, location: Path, texts: list[str]) -> float:
    given = WORK / "minilm-texts.json"
    given.write_text(json.dumps(texts))
    script = Path(__file__).with_name("minilm_reference.py")
    command = [python, script, job, graph_file, location, given]
    done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def _embedded(name: str, texts: list[str]) -> float:
    """Rows a second of the whole job in this process, whose encoder is loaded and warm: listing, reading, ids, parts, commit."""
    from apache_beam.options.pipeline_options import PipelineOptions

    from pipelines.embed import EmbedJob, run
    from transforms import encoders
    from transforms.corpus.options import ReadOptions

    corpus, table = WORK / f"minilm-{name}.jsonl", WORK / "minilm.table"
    corpus.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    shutil.rmtree(table, ignore_errors=True)
    resolved = encoders.resolve("minilm")
    resolved.load().encode(texts[:: max(len(texts) // 256, 1)])
    read = ReadOptions(modality="text")
    job = EmbedJob(inputs=(str(corpus),), table=str(table), encoder=resolved, read=read, run=new_run())
    return len(texts) / seconds(lambda: run(job, PipelineOptions([])))


def graph(location: Path) -> bytes:
    """The network in ONNX, opset 20: input_ids and attention_mask int64 [n, length] to last_hidden_state [n, length, 384]."""
    from onnx import TensorProto, helper, numpy_helper

    folder = model_folder.read(location, onnx=None)
    weights = read_bert(folder)
    nodes: list[Any] = []
    arrays: list[Any] = []

    def array(value: Any, name: str) -> str:
        arrays.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(kind: str, inputs: list[str], **attributes: Any) -> str:
        name = f"{kind}_{len(nodes)}"
        nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def product(x: str, affine: Affine) -> str:
        name = f"weight_{len(arrays)}"
        return node("Add", [node("MatMul", [x, array(affine.weight.T, name)]), array(affine.bias, f"{name}_bias")])

    def norm(x: str, affine: Affine) -> str:
        name = f"norm_{len(arrays)}"
        gain, bias = array(affine.weight, name), array(affine.bias, f"{name}_bias")
        return node("LayerNormalization", [x, gain, bias], epsilon=float(folder.config["layer_norm_eps"]))

    size = folder.hidden // _HEADS
    split = array(np.array([0, 0, _HEADS, size], np.int64), "split")
    joined = array(np.array([0, 0, folder.hidden], np.int64), "joined")
    mask = node("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    mask = node("Sub", [mask, array(np.float32(1), "one")])
    mask = node("Mul", [mask, array(np.float32(1e9), "large")])
    mask = node("Unsqueeze", [mask, array(np.array([1, 2], np.int64), "axes")])
    length = node("Slice", [node("Shape", ["input_ids"]), *(
        array(np.array([value], np.int64), f"slice_{value}") for value in (1, 2))])  # fmt: skip
    zero = array(np.array([0], np.int64), "zero")
    positions = node("Slice", [array(weights.positions, "positions"), zero, length, zero])
    x = norm(node("Add", [node("Gather", [array(weights.words, "words"), "input_ids"]), positions]), weights.norm)
    scale = array(np.float32(1 / np.sqrt(size)), "scale")
    for layer in weights.layers:
        sides = {
            role: node("Transpose", [node("Reshape", [product(x, affine), split])], perm=order)
            for role, affine, order in (
                ("query", layer.query, [0, 2, 1, 3]),
                ("key", layer.key, [0, 2, 3, 1]),
                ("value", layer.value, [0, 2, 1, 3]),
            )
        }
        scores = node("Mul", [node("MatMul", [sides["query"], sides["key"]]), scale])
        shares = node("Softmax", [node("Add", [scores, mask])], axis=-1)
        mixed = node("Transpose", [node("MatMul", [shares, sides["value"]])], perm=[0, 2, 1, 3])
        x = norm(node("Add", [x, product(node("Reshape", [mixed, joined]), layer.attention)]), layer.attention_norm)
        wide = node("Gelu", [product(x, layer.widen)])
        x = norm(node("Add", [x, product(wide, layer.narrow)]), layer.norm)
    nodes.append(helper.make_node("Identity", [x], ["last_hidden_state"]))
    ids, masks = (
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"])
        for name in ("input_ids", "attention_mask")
    )
    given = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["n", "length", folder.hidden])
    network = helper.make_graph(nodes, "minilm", [ids, masks], [given], arrays)
    made: bytes = helper.make_model(
        network, opset_imports=[helper.make_opsetid("", 20)], ir_version=9
    ).SerializeToString()
    return made


if __name__ == "__main__":
    main()
