"""The command with fake encoders, and the newsroom, as for tests of the command line."""

from tests.launch.conftest import bare, bare_newsroom, newsmill, newsroom, vectormill

__all__ = ["bare", "bare_newsroom", "newsmill", "newsroom", "vectormill"]
