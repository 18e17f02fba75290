"""What is one query, and what is not."""

from __future__ import annotations

import pytest

from transforms.common.errors import RequestError
from transforms.corpus.databases.statement import one_query, quoted


@pytest.mark.parametrize(
    ("sql", "query"),
    [
        ("select 1", "select 1"),
        ("  SELECT 1 ;;  -- done\n", "  SELECT 1"),
        ("select ';' -- a; b", "select ';'"),
        ("/* a; */ with x as (select 1) select * from x;", "/* a; */ with x as (select 1) select * from x"),
        ("(select 1)", "(select 1)"),
        ("values (1)", "values (1)"),
        ('select e\'it\\\';s\', $$a;b$$, $t$;$t$, "a;""b";', 'select e\'it\\\';s\', $$a;b$$, $t$;$t$, "a;""b"'),
        ("select 'it''s;'", "select 'it''s;'"),
    ],
)
def test_one_query(sql: str, query: str) -> None:
    assert one_query(sql) == query


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("", "holds no statement"),
        (" ; -- nothing", "holds no statement"),
        ("select 1; select 2", "holds several statements"),
        ("select 1; drop table x", "holds several statements"),
        ("DELETE FROM x", "begins with DELETE"),
        ("pragma journal_mode", "begins with PRAGMA"),
        ("copy x to '/tmp/x'", "begins with COPY"),
    ],
)
def test_others_are_refused(sql: str, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        one_query(sql)


def test_names_are_quoted() -> None:
    assert quoted('a"b') == '"a""b"'
