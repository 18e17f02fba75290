"""Decoding in processes: the same pixels, as many as are needed, and none left behind."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.ending_decoder import EndingDecoder
from transforms.encoders.decoding_processes import DecodingProcesses, processes_for
from transforms.encoders.image_decoder import ImageDecoder


def picture(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((9, 12, 3), shade, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(processes: list[int], *, within: float = 60) -> bool:
    end = time.monotonic() + within
    while any(map(alive, processes)) and time.monotonic() < end:
        time.sleep(0.02)
    return not any(map(alive, processes))


def test_pixels_and_failures_are_those_of_the_decoder_and_an_image_that_ends_a_process_is_lost_alone() -> None:
    payloads = [picture(shade) for shade in range(19)]
    payloads[3], payloads[11], payloads[12] = b"no image", b"END", b""
    decoding = DecodingProcesses(EndingDecoder(size=(4, 5)), most=2)
    try:
        pixels, failed = decoding.decode(payloads)
        processes = [process.id for process in decoding.processes]
    finally:
        decoding.close()

    expected, undecodable = ImageDecoder(size=(4, 5)).decode(payloads)
    np.testing.assert_array_equal(pixels, expected)
    assert {position: (error.kind, str(error)) for position, error in failed.items() if position != 11} == {
        position: (error.kind, str(error)) for position, error in undecodable.items() if position != 11
    }
    assert (failed[11].kind, str(failed[11])) == ("UndecodableImage", "its decoder ended (exit code 3) on 3 bytes")
    assert len(processes) == 2
    assert gone(processes)


_PARENT = """
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs inherit that it is ignored
from transforms.encoders.decoding_processes import DecodingProcesses
from transforms.encoders.image_decoder import ImageDecoder
decoding = DecodingProcesses(ImageDecoder(size=(4, 5)), most=1)
decoding.decode([b"no image"])
print(decoding.processes[0].id, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_processes_end_with_their_parent_however_it_ends(how: signal.Signals) -> None:
    root = Path(__file__).parents[3]
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=root, text=True
    )
    assert parent.stdout is not None
    process = int(parent.stdout.readline())
    assert alive(process)
    os.kill(parent.pid, how)
    parent.wait(60)
    parent.stdout.close()

    assert gone([process])


@pytest.mark.parametrize(
    ("decode_ms", "encode_ms", "most", "wanted"),
    [(4.0, 0.5, 16, 10), (4.0, 20.0, 16, 1), (4.0, 0.1, 16, 16), (4.0, 0.0, 16, 16), (4.0, 2.0, 16, 3)],
)
def test_there_are_as_many_processes_as_keep_the_encoder_busy(
    decode_ms: float, encode_ms: float, most: int, wanted: int
) -> None:
    assert processes_for(most=most, decode_seconds=decode_ms, encode_seconds=encode_ms) == wanted
