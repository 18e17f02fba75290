"""Sets the number of threads that FAISS uses."""

from __future__ import annotations


class FaissThreads:
    """Runs FAISS, where this thread calls it, on so many threads: one where the order of several would decide the result.

    A class, since a generator as a context manager would take a measurable part of a query alone.
    """

    def __init__(self, count: int) -> None:
        self._count = count

    def __enter__(self) -> None:
        import faiss

        self._before: int = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(self._count)

    def __exit__(self, *_: object) -> None:
        import faiss

        faiss.omp_set_num_threads(self._before)
