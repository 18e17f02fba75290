"""Decodes images in a process of its own, for `DecodingProcesses`: payloads come through a pipe, pixels go into shared memory.

    python -m transforms.encoders.decoding_process MEMORY_FD

The process ends when its standard input does, so also when its parent is killed. It imports neither TensorFlow nor Beam.
"""

from __future__ import annotations

import mmap
import pickle
import sys
from typing import BinaryIO

import numpy as np

from transforms.common.pipes import HEADER, receive, send
from transforms.encoders.image_decoder import ImageDecoder


def serve(decoder: ImageDecoder, memory: mmap.mmap, given: BinaryIO, answers: BinaryIO) -> None:
    """Decodes batch after batch, until there is no more. A batch is a count and so many payloads."""
    while True:
        try:
            (count,) = HEADER.unpack(receive(given))
            payloads = [receive(given) for _ in range(count)]
        except EOFError:
            return
        pixels, failed = decoder.decode(payloads, side_by_side=False)
        np.frombuffer(memory, np.uint8, pixels.size)[:] = pixels.reshape(-1)
        outcome = {position: (error.kind, str(error)) for position, error in failed.items()}
        send(answers, pickle.dumps(outcome))


def main() -> None:
    given, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    memory = mmap.mmap(int(sys.argv[1]), 0)
    try:
        serve(pickle.loads(receive(given)), memory, given, answers)
    except (BrokenPipeError, EOFError):
        return


if __name__ == "__main__":
    main()
