"""One Prism and two worker pools for all tests here, each a process of its own in another folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers import prism
from tests.helpers.prism import Prism


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prism]:
    if prism.binary() is None:
        pytest.skip("no prism here: .ci/prism builds it where there is go; or set VECTORMILL_PRISM, or put it on PATH")
    folder = tmp_path_factory.mktemp("elsewhere")
    with (
        prism.prism(folder) as port,
        prism.worker_pool(folder, log="pool-1", in_threads=True) as first,
        prism.worker_pool(folder, log="pool-2", in_threads=True) as second,
    ):
        yield Prism(port, [first, second], folder)
