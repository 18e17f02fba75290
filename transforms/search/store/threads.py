"""Sets the number of threads that FAISS uses."""

from __future__ import annotations


class OneThread:
    """Runs FAISS on one thread: where the order of several would decide the result, or waiting for each other the time.

    A class, since a generator as a context manager would be as long again as what it does to a query alone.
    """

    def __enter__(self) -> None:
        import faiss

        self._before: int = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)

    def __exit__(self, *_: object) -> None:
        import faiss

        faiss.omp_set_num_threads(self._before)
