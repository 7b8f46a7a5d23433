"""The admin's list of jobs on PostgreSQL, with few jobs and with more."""

from __future__ import annotations

import pytest

from tests.services import POSTGRES, REDIS, service_url

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(300)]


def test_each_page_takes_as_many_queries_however_many_jobs_there_are() -> None:
    for variable in (POSTGRES, REDIS):
        service_url(variable)
    from benchmarks.scenarios.desk import PAGES, Size, pages  # reads the variables

    figures = pages(Size(few=200, many=20_000, output_kb=4, turns=1))
    queries = {
        page: (figures[f"{page}_few_queries"], figures[f"{page}_many_queries"]) for page in PAGES
    }
    assert {page: pair for page, pair in queries.items() if pair[0] != pair[1]} == {}
    assert max(few for few, _many in queries.values()) <= 16
    assert figures["csv_many_lines"] == 20_001
