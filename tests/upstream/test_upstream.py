from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.upstream import Control, Upstream, busiest, upstream_process

JOBS = "/v3/universal-ai/async"
BODY = {"model": "ocr/ocr_async/amazon", "input": {"file": "https://files.example/a.pdf"}}


def call(url: str, method: str, path: str, data: Any = None, key: str = "test-key") -> Any:
    """Status and parsed body of one request, over a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        body = data if data is None or isinstance(data, bytes) else json.dumps(data)
        connection.request(method, path, body, {"Authorization": f"Bearer {key}"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def until(condition: Callable[[], object]) -> None:
    ends_at = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < ends_at
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("change", "status", "detail"),
    [
        ({"model": None}, 422, "Input should be a str"),
        ({"input": []}, 422, "Input should be a dict"),
        ({"fallbacks": ["a", "b", "c", "d"]}, 422, "List should have at most 3 items"),
        ({"model": "ocr//amazon"}, 400, "Invalid model: ocr//amazon"),
        ({"model": "ocr/ocr_async"}, 400, "Invalid model: ocr/ocr_async"),
    ],
)
def test_a_wrong_request_is_refused(
    upstream: Upstream, change: dict[str, Any], status: int, detail: str
) -> None:
    answered, body = call(upstream.url, "POST", JOBS, BODY | change)
    told = body["detail"] if status == 400 else body["detail"][0]["msg"]
    assert (answered, told) == (status, detail)
    assert upstream.ledger.posts() == []


@pytest.mark.parametrize(
    ("method", "path", "data", "status"),
    [
        ("POST", JOBS, b"{", 422),
        ("POST", JOBS, b"[]", 422),
        ("POST", JOBS, b"{}", 422),
        ("POST", "/v3/upload", b"", 422),
        ("PUT", JOBS, None, 405),
        ("GET", "/v3/else", None, 404),
        ("GET", f"{JOBS}/x", None, 422),
        ("GET", f"{JOBS}?limit=1001", None, 422),
        ("GET", f"{JOBS}?page=0", None, 422),
    ],
)
def test_a_request_to_nowhere_is_refused(
    upstream: Upstream, method: str, path: str, data: bytes | None, status: int
) -> None:
    assert call(upstream.url, method, path, data)[0] == status


def test_nobody_sees_the_jobs_of_others(upstream: Upstream) -> None:
    upstream.settings.keys = {"a": "one", "b": "other", "c": "one"}
    job = call(upstream.url, "POST", JOBS, BODY, key="a")[1]
    path = f"{JOBS}/{job['public_id']}"
    assert [call(upstream.url, "GET", path, key=key)[0] for key in "abcd"] == [200, 404, 200, 401]
    totals = [call(upstream.url, "GET", JOBS, key=key)[1]["total"] for key in "abc"]
    assert totals == [1, 0, 1]


def test_a_job_costs_what_the_bill_says(upstream: Upstream) -> None:
    job = call(upstream.url, "POST", JOBS, BODY)[1]
    assert (job["status"], job["cost"]) == ("processing", "0.000")
    path = f"{JOBS}/{job['public_id']}"
    until(lambda: call(upstream.url, "GET", path)[1]["cost"] == "0.0125")
    assert str(upstream.jobs.bill("main")) == "0.0125"


def test_a_job_can_be_scripted(upstream: Upstream) -> None:
    script = {"seconds": 0, "status": "fail", "error": {"message": "no"}, "provider": "google"}
    job = call(upstream.url, "POST", JOBS, BODY | {"provider_params": {"upstream": script}})[1]
    assert (job["status"], job["error"], job["provider"]) == ("fail", {"message": "no"}, "google")


def test_no_more_than_the_limit_in_any_second(upstream: Upstream) -> None:
    upstream.settings.rate_limit = 5
    ends_at = time.monotonic() + 1.3
    statuses = []
    while time.monotonic() < ends_at:
        statuses.append(call(upstream.url, "GET", JOBS)[0])
    assert set(statuses) == {200, 429}
    passed = [entry.clock for entry in upstream.ledger.requests() if entry.status == 200]
    # The ledger notes the arrival, a moment before the limiter counts.
    assert busiest(passed, 0.95) <= 5
    assert upstream.ledger.peak("main") > 5


def test_the_list_may_lag_behind(upstream: Upstream) -> None:
    upstream.settings.seconds = 0
    upstream.settings.list_lag = 0.2
    job = call(upstream.url, "POST", JOBS, BODY)[1]
    assert call(upstream.url, "GET", JOBS)[1]["items"] == []

    def listed() -> list[dict[str, Any]]:
        items = call(upstream.url, "GET", f"{JOBS}?status=success")[1]["items"]
        return [item for item in items if item["public_id"] == job["public_id"]]

    until(listed)


def test_a_result_is_kept_for_a_time(upstream: Upstream) -> None:
    upstream.settings.seconds = 0
    job = call(upstream.url, "POST", JOBS, BODY)[1]
    upstream.settings.retention = 0
    assert call(upstream.url, "GET", f"{JOBS}/{job['public_id']}")[0] == 404
    assert call(upstream.url, "GET", JOBS)[1]["items"] == []


def test_faults_pick_their_requests(upstream: Upstream) -> None:
    upstream.fault("answer", status=500, method="POST", match="special", times=2)
    upstream.fault("answer", status=404, path="^/v3/else$", times=0)
    special = BODY | {"input": {"file": "https://special.example"}}
    requests = [("POST", JOBS, BODY), ("POST", JOBS, special)] * 3
    assert [call(upstream.url, *request)[0] for request in requests] == [202, 500] * 2 + [202] * 2
    assert [call(upstream.url, "GET", "/v3/else")[0] for _ in range(3)] == [404] * 3
    assert len(upstream.faults.left()) == 1


def test_chance_is_the_same_each_time() -> None:
    def outcomes() -> list[int]:
        with Upstream(seed=7) as server:
            server.fault("answer", status=500, chance=0.5, times=0)
            return [call(server.url, "GET", JOBS)[0] for _ in range(12)]

    first = outcomes()
    assert first == outcomes()
    assert set(first) == {200, 500}


def test_another_process_can_control_it() -> None:
    with upstream_process("--set", "seconds=null", "--set", 'keys={"k": "acme"}') as control:
        job = call(control.url, "POST", JOBS, BODY | {"user_webhook_parameters": {"t": 1}}, "k")[1]
        assert job["status"] == "processing"
        control.finish(job["public_id"], status="fail", error={"message": "by hand"})
        ended = call(control.url, "GET", f"{JOBS}/{job['public_id']}", key="k")[1]
        assert (ended["status"], ended["error"]) == ("fail", {"message": "by hand"})
        assert [each["public_id"] for each in control.jobs()] == [job["public_id"]]

        (post,) = control.posts()
        assert post["body"]["user_webhook_parameters"] == {"t": 1}
        assert (post["account"], post["status"], post["public_id"]) == (
            "acme",
            202,
            job["public_id"],
        )
        assert "authorization" not in post["headers"]
        assert len(control.requests(since=1)) == 1

        control.fault("answer", status=503)
        assert [fault["kind"] for fault in control.faults()] == ["answer"]
        control.clear_faults()
        assert control.faults() == []
        assert control.configure(cost="1.5")["cost"] == "1.5"
        control.reset()
        assert (control.jobs(), control.requests(), control.webhooks()) == ([], [], [])


@pytest.mark.parametrize(
    "mistake",
    [
        lambda control: control.fault("earthquake"),
        lambda control: control.fault("lost", colour="red"),
        lambda control: control.configure(colour="red"),
        lambda control: control.finish("nobody"),
    ],
)
def test_a_mistake_in_a_script_is_told(
    upstream: Upstream, mistake: Callable[[Control], object]
) -> None:
    with pytest.raises(ValueError, match=r"red|colour|earthquake|nobody"):
        mistake(Control(upstream.url))


@contextmanager
def receiver(statuses: list[int]) -> Iterator[tuple[str, list[Any]]]:
    """A webhook receiver that answers with these statuses in turn, and what it got."""
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), json.loads(body)))
            self.send_response(statuses.pop(0))
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook", got
    finally:
        server.shutdown()
        server.server_close()


def test_a_webhook_is_sent_until_it_is_taken(upstream: Upstream) -> None:
    upstream.settings.webhooks = True
    upstream.settings.webhook_retry_delay = 0.01
    upstream.webhooks.sign = lambda body: {"X-Edenai-Signature": str(len(body))}
    with receiver([500, 200]) as (url, got):
        hooks = {"webhook_receiver": url, "user_webhook_parameters": {"t": "1"}}
        job = call(upstream.url, "POST", JOBS, BODY | hooks | {"show_original_response": True})[1]
        until(lambda: [d for d in upstream.webhooks.deliveries if d.attempts == [500, 200]])
    headers, event = got[-1]
    assert headers["X-Edenai-Signature"].isdecimal()
    assert event["job_id"] == job["public_id"]
    assert event["user_parameters"] == {"t": "1"}
    assert event["output"] == upstream.settings.output
    assert not {"cost", "error", "public_id"} & set(event)


@pytest.mark.parametrize(
    ("statuses", "attempts"), [([404], [404]), ([500] * 4, [500] * 4)], ids=["4xx", "5xx"]
)
def test_a_webhook_is_given_up(
    upstream: Upstream, statuses: list[int], attempts: list[int]
) -> None:
    upstream.settings.update({"webhooks": True, "webhook_retry_delay": 0.01, "fail_rate": 1})
    with receiver(statuses) as (url, got):
        call(upstream.url, "POST", JOBS, BODY | {"webhook_receiver": url})
        until(lambda: [d for d in upstream.webhooks.deliveries if d.attempts == attempts])
    assert got[0][1]["error"] == {"message": "The provider gave up."}
    assert "user_parameters" not in got[0][1]


def test_a_form_without_end_is_a_bad_request(upstream: Upstream) -> None:
    netloc = urlsplit(upstream.url).netloc
    with closing(http.client.HTTPConnection(netloc, timeout=10)) as connection:
        for boundary in ("", "; boundary=x"):
            headers = {
                "Content-Type": f"multipart/form-data{boundary}",
                "Authorization": "Bearer test-key",
            }
            connection.request("POST", "/v3/upload", b"--x\r\n", headers)
            with connection.getresponse() as response:
                assert response.status == 400


def test_thousands_of_requests_take_seconds() -> None:
    with upstream_process("--set", "seconds=null") as control:
        netloc = urlsplit(control.url).netloc
        with closing(http.client.HTTPConnection(netloc, timeout=10)) as connection:
            headers = {"Authorization": "Bearer test-key"}
            began = time.monotonic()
            for _ in range(1000):
                connection.request("POST", JOBS, json.dumps(BODY), headers)
                connection.getresponse().read()
            assert time.monotonic() - began < 20
        path = f"{JOBS}?status=processing&limit=1000"
        assert len(call(control.url, "GET", path)[1]["items"]) == 1000
