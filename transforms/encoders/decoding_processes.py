"""Decodes images in several processes, where one encoder is faster than the threads of one process can decode.

    decoding = DecodingProcesses(decoder, most=16)
    pixels, failed = decoding.decode(payloads)                       # what `decoder.decode(payloads)` gives
    decoding.fit(encode_seconds=0.0005)                              # as many processes as an encoder of 2,000 images/s needs

Threads that decode share an interpreter, and scale to a few cores only. Each process has a pipe for payloads and a piece of
memory without a name that it shares with this one, where its pixels appear: nothing is pickled but failures, and nothing is
left behind, whoever is killed.

Failure modes: a process that dies (a codec's crash, the system's memory killer) is started anew, and the images that it had
are decoded one by one; an image that ends its process again is an `ItemError`.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from transforms.common.arrays import Pixels
from transforms.common.errors import ItemError
from transforms.common.pipes import HEADER, receive, send
from transforms.encoders.image_decoder import ImageDecoder

_AT_ONCE = 8
_FIRST = 2
_MARGIN = 1.2
"""Decoding is given so much more than the encoder takes, so that it is the encoder which is never kept waiting."""
_MEMORY = "/dev/shm"


def processes_for(*, most: int, decode_seconds: float, encode_seconds: float) -> int:
    """How many processes keep an encoder busy.

    Args:
      most: that there may be.
      decode_seconds: that one process takes for an image.
      encode_seconds: that the encoder takes for one.
    """
    if encode_seconds <= 0:
        return most
    return max(1, min(most, -int(-_MARGIN * decode_seconds // encode_seconds)))


class DecodingProcesses:
    """An image decoder whose images are decoded by processes. Thread-safe. To be closed; they end with this process, too.

    Args:
      decoder: what each of them does.
      most: processes that there may be; a few are started with the first images, the others by `fit`.
    """

    def __init__(self, decoder: ImageDecoder, *, most: int) -> None:
        self._decoder = decoder
        self._most = most
        self._lock = threading.Lock()
        self._started: list[_Process] = []
        self._idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="decoding-processes")
        self._seconds, self._images = 0.0, 0

    @property
    def processes(self) -> list[_Process]:
        """Those that there are."""
        return list(self._started)

    def decode(self, payloads: Sequence[bytes]) -> tuple[Pixels, dict[int, ItemError]]:
        """As `ImageDecoder.decode`."""
        if not self._started:
            self._start(min(_FIRST, self._most))
        pixels = np.empty((len(payloads), *self._decoder.size, 3), np.uint8)

        def fill(start: int) -> dict[int, ItemError]:
            return self._fill(pixels[start : start + _AT_ONCE], payloads[start : start + _AT_ONCE])

        starts = range(0, len(payloads), _AT_ONCE)
        failed = {
            start + position: error
            for start, found in zip(starts, self._threads.map(fill, starts), strict=True)
            for position, error in found.items()
        }
        return (np.delete(pixels, list(failed), axis=0) if failed else pixels), failed

    def fit(self, *, encode_seconds: float) -> None:
        """Starts as many more processes as keep an encoder busy that takes so long for an image; none is stopped."""
        with self._lock:
            seconds, images = self._seconds, self._images
        if images:
            decode_seconds = seconds / images
            self._start(processes_for(most=self._most, decode_seconds=decode_seconds, encode_seconds=encode_seconds))

    def close(self) -> None:
        """Ends the processes. Further images cannot be decoded."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            for process in self._started:
                process.end()
            self._started.clear()

    def _start(self, wanted: int) -> None:
        with self._lock:
            while len(self._started) < wanted:
                process = _Process(self._decoder)
                self._started.append(process)
                self._idle.put(process)

    def _fill(self, pixels: Pixels, payloads: Sequence[bytes]) -> dict[int, ItemError]:
        """Decodes some images into `pixels`; rows of failed ones are undefined."""
        process = self._idle.get()
        started = time.perf_counter()
        try:
            failed = process.decode(pixels, payloads)
        except (EOFError, OSError):
            code = process.start_anew()
            if len(payloads) == 1:
                return {
                    0: ItemError(
                        "UndecodableImage", f"its decoder ended ({_ending(code)}) on {len(payloads[0]):,} bytes"
                    )
                }
        else:
            with self._lock:
                self._seconds += time.perf_counter() - started
                self._images += len(payloads)
            return failed
        finally:
            self._idle.put(process)
        found = {}
        for position in range(len(payloads)):
            for error in self._fill(pixels[position : position + 1], payloads[position : position + 1]).values():
                found[position] = error
        return found


class _Process:
    """One process and the memory that it shares with this one."""

    def __init__(self, decoder: ImageDecoder) -> None:
        self._decoder = decoder
        self._bytes = _AT_ONCE * decoder.size[0] * decoder.size[1] * 3
        with tempfile.TemporaryFile(dir=_MEMORY if os.path.isdir(_MEMORY) else None) as file:
            file.truncate(self._bytes)
            self._file = os.dup(file.fileno())
        self._memory = mmap.mmap(self._file, self._bytes)
        self._start()

    def _start(self) -> None:
        root = str(Path(__file__).parents[2])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "transforms.encoders.decoding_process", str(self._file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=(self._file,),
            start_new_session=True,  # Ctrl-C is for this process, whose end is theirs
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        assert self._process.stdin is not None and self._process.stdout is not None, "both are pipes"
        self._given, self._answers = self._process.stdin, self._process.stdout
        send(self._given, pickle.dumps(self._decoder))  # type: ignore[arg-type]

    @property
    def id(self) -> int:
        """Its number in the system."""
        return self._process.pid

    def decode(self, pixels: Pixels, payloads: Sequence[bytes]) -> dict[int, ItemError]:
        send(self._given, HEADER.pack(len(payloads)), *payloads)  # type: ignore[arg-type]
        outcome = pickle.loads(receive(self._answers))  # type: ignore[arg-type]
        good = [position for position in range(len(payloads)) if position not in outcome]
        count = len(good) * pixels[0].size
        pixels[good] = np.frombuffer(self._memory, np.uint8, count).reshape(len(good), *pixels.shape[1:])
        return {position: ItemError(kind, message) for position, (kind, message) in outcome.items()}

    def start_anew(self) -> int:
        """Ends what is left of it, and gives the code with which it ended."""
        code = self.end()
        self._start()
        return code

    def end(self) -> int:
        for stream in (self._given, self._answers):
            with contextlib.suppress(OSError):
                stream.close()
        try:
            return self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
