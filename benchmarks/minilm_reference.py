"""Runs all-MiniLM-L6-v2 without anything of this project; `benchmarks.minilm_parity` and `benchmarks.text_minilm` call it.

    python minilm_reference.py vectors FOLDER TEXTS.json OUT.npy      # transformers' Flax network, its tokenizer in Python
    python minilm_reference.py rate GRAPH.onnx FOLDER TEXTS.json      # ONNX Runtime as a person calls it; prints texts a second
    python minilm_reference.py rate-openvino GRAPH.onnx FOLDER TEXTS.json

It is run by the Python of an environment of its own: `environment` makes it, once, in benchmarks/.work.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

_PACKAGES = {
    "flax": ("transformers==4.52.4", "flax==0.10.7", "jax[cpu]==0.6.2", "safetensors"),
    "onnx": ("onnxruntime==1.32.0", "tokenizers==0.23.3", "numpy"),
}
_TOKENS = 256
_BATCH = 32


def environment(name: str, folder: Path) -> Path:
    """The Python of an environment with the packages that are called `name`."""
    python = folder / f"reference-{name}" / "bin" / "python"
    if not (folder / f"reference-{name}" / "whole").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(python.parents[1])], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *_PACKAGES[name]], check=True)
        (folder / f"reference-{name}" / "whole").touch()
    return python


def vectors(folder: str, texts: list[str]) -> np.ndarray:
    """The mean of the last layer's tokens, of length 1, float32 [n, 384]; a text at a time, without padding."""
    from transformers import BertTokenizer, FlaxBertModel

    tokenizer = BertTokenizer.from_pretrained(folder)
    network = FlaxBertModel.from_pretrained(folder)
    made = []
    for text in texts:
        found = tokenizer(text, truncation=True, max_length=_TOKENS, return_tensors="np")
        # Few lengths, since each is compiled; what is filled up is masked.
        length = -(-found["input_ids"].shape[1] // 64) * 64
        filled = {key: np.pad(value, ((0, 0), (0, length - value.shape[1]))) for key, value in found.items()}
        mask = filled["attention_mask"][0].astype(np.float64)
        tokens = np.asarray(network(**filled).last_hidden_state[0], np.float64)
        mean = mask @ tokens / mask.sum()
        made.append(mean / np.linalg.norm(mean))
    return np.array(made, np.float32)


def session_of_onnx_runtime(graph: str) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """ids and mask int64 [n, length] to tokens float32 [n, length, 384]."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count() or 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return lambda ids, mask: session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


def session_of_openvino(graph: str) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """The same, with OpenVINO's defaults but for float32, in which the others compute."""
    import openvino

    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(graph, "CPU", settings)
    return lambda ids, mask: compiled({"input_ids": ids, "attention_mask": mask})[0]


def rate(session: Callable[[np.ndarray, np.ndarray], np.ndarray], folder: str, texts: list[str]) -> float:
    """Texts a second, tokens and pooling among the work: sorted by length, in batches that are filled up to their longest."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.enable_truncation(_TOKENS)
    tokenizer.no_padding()

    def run(texts: list[str]) -> np.ndarray:
        ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
        order = sorted(range(len(ids)), key=lambda row: -len(ids[row]))
        made = np.empty((len(ids), 384), np.float32)
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            filled = np.zeros((len(rows), len(ids[rows[0]])), np.int64)
            for place, row in enumerate(rows):
                filled[place, : len(ids[row])] = ids[row]
            mask = (filled != 0).astype(np.int64)
            tokens = session(filled, mask)
            mean = (tokens * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1)[:, None]
            made[rows] = mean / np.linalg.norm(mean, axis=1)[:, None]
        return made

    run(texts[:: max(len(texts) // 256, 1)])
    started, used = time.perf_counter(), time.process_time()
    run(texts)
    print(f"{time.process_time() - used:.1f} processor seconds", file=sys.stderr)
    return len(texts) / (time.perf_counter() - started)


if __name__ == "__main__":
    job, *given = sys.argv[1:]
    texts = json.loads(Path(given[1 if job == "vectors" else 2]).read_text())
    if job == "vectors":
        np.save(given[2], vectors(given[0], texts))
    else:
        session = session_of_onnx_runtime if job == "rate" else session_of_openvino
        print(rate(session(given[0]), given[1], texts))
