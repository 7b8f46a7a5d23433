"""A job as the people see it who wait for it, by both ways that changes come."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.live.host import Host

from .conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PHONE = {"width": 390, "height": 844}
ATTACK = "</script><img src=x onerror=\"window.hacked = 1; alert('hacked')\">"

#: Texts with too little contrast to their ground (WCAG AA wants 4.5).
PALE = """() => [...document.querySelectorAll(
    ".uai-live-card :is(p, a, button, div, summary)"
)].map(element => {
    const parts = colour => colour.match(/[0-9.]+/g).map(Number);
    const light = colour => {
        const [r, g, b] = parts(colour).map(part => {
            part /= 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    let ground = element;
    while (parts(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
    const colours = [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor];
    const [dark, bright] = colours.map(light).sort((a, b) => a - b);
    return [element.textContent, (bright + 0.05) / (dark + 0.05)];
}).filter(([_text, contrast]) => contrast < 4.5)"""


def test_the_result_appears_without_loading_the_page_again(
    open_page: Open, host: Host, server: tuple[str, str]
) -> None:
    pk = host.do("make('pending')")
    requests: list[str] = []
    page = open_page(f"/watch/{pk}/", requests=requests)
    page.evaluate("window.mark = 1")
    page.evaluate(
        "window.changes = [];"
        "addEventListener('universal-ai:change', event => changes.push(event.detail))"
    )
    expect(page.locator(".uai-live-words")).to_have_text("Waiting to start")
    host.do(f"become({pk!r}, status='processing', submitted_at=in_seconds(-1), progress=0.25)")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "25")
    host.do(f"become({pk!r}, progress=0.5)")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "50")
    host.do(f"become({pk!r}, status='success', output={{'text': 'hello world'}})")
    expect(page.get_by_text("hello world")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Done")
    expect(page.get_by_role("link", name="Refresh")).to_have_count(0)
    assert page.evaluate("window.mark") == 1
    assert page.evaluate("changes.at(-1)") == {"state": f"{pk}.success", "finished": True}
    streamed = [url for url in requests if url.endswith("/events/")]
    assert len(streamed) == (1 if server[0] == "asgi" else 0)
    before = len(requests)
    page.wait_for_timeout(2500)
    assert len(requests) == before


def test_what_failed_is_asked_again_once_and_shown(open_page: Open, host: Host) -> None:
    pk = host.do("make('fail', error={'message': 'There is no sound in it.'})")
    page = open_page(f"/watch/{pk}/")
    expect(page.get_by_text("There is no sound in it.")).to_be_visible()
    page.evaluate("window.mark = 1")
    page.get_by_role("button", name="Try again").dblclick()
    expect(page.locator(".uai-live-words")).to_have_text("Waiting to start")
    expect(page.get_by_role("status")).to_have_text("Waiting to start")
    assert page.evaluate("document.activeElement.tagName") == "UNIVERSAL-AI-STATUS"
    again = host.do(f"[str(job.pk) for job in jobs.filter(parent={pk!r})]")
    assert len(again) == 1
    host.do(f"become({again[0]!r}, status='success', output={{'text': 'hello again'}})")
    expect(page.get_by_text("hello again")).to_be_visible()
    assert page.evaluate("window.mark") == 1
    page.reload()
    expect(page.get_by_text("hello again")).to_be_visible()


def test_a_job_that_is_removed_says_so_and_is_left_alone(open_page: Open, host: Host) -> None:
    pk = host.do("make('processing')")
    requests: list[str] = []
    page = open_page(f"/watch/{pk}/", requests=requests, expect=("404",))
    host.do(f"jobs.filter(pk={pk!r}).delete()")
    expect(page.locator(".uai-live-words")).to_have_text("This isn't there any more.")
    before = len(requests)
    page.wait_for_timeout(2500)
    assert len(requests) == before


def test_what_staff_asks_again_is_followed(open_page: Open, host: Host) -> None:
    pk = host.do("make('uncertain')")
    page = open_page(f"/watch/{pk}/")
    expect(page.get_by_text("you don't have to do anything")).to_be_visible()
    host.do(f"str(jobs.get(pk={pk!r}).resubmit().pk)")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # sooner than a minute
    expect(page.locator(".uai-live-words")).to_have_text("Waiting to start")


def test_a_hidden_tab_asks_nothing_and_catches_up(open_page: Open, host: Host) -> None:
    pk = host.do("make('processing')")
    requests: list[str] = []
    page = open_page(f"/watch/{pk}/", requests=requests)
    hide = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
    changed = "document.dispatchEvent(new Event('visibilitychange'))"
    page.evaluate(hide % "true" + changed)
    page.wait_for_timeout(500)
    before = len(requests)
    host.do(f"become({pk!r}, status='success', output={{'text': 'hello hidden'}})")
    page.wait_for_timeout(2500)
    assert len(requests) == before
    page.evaluate(hide % "false" + changed)
    expect(page.get_by_text("hello hidden")).to_be_visible()


def test_a_page_with_many_jobs_has_two_connections(
    open_page: Open, host: Host, server: tuple[str, str]
) -> None:
    pks = [host.do("make('processing')") for _ in range(6)]
    requests: list[str] = []
    page = open_page(f"/watch/{','.join(pks)}/", requests=requests)
    for pk in pks:
        host.do(f"become({pk!r}, status='success', output={{'text': 'hello many'}})")
    expect(page.get_by_text("hello many")).to_have_count(6)
    streams = [url for url in requests if url.endswith("/events/")]
    assert len(streams) == (2 if server[0] == "asgi" else 0)


def test_goes_on_after_the_site_was_away(open_page: Open, host: Host) -> None:
    pk = host.do("make('processing')")
    page = open_page(f"/watch/{pk}/", expect=("ERR_INTERNET_DISCONNECTED", "Failed to load"))
    page.context.set_offline(True)
    if page.locator("[data-events]").count() == 0:  # a stream that is open isn't cut by it
        expect(page.get_by_text("The site doesn't answer right now.").first).to_be_visible(
            timeout=20_000
        )
    page.context.set_offline(False)
    host.do(f"become({pk!r}, status='success', output={{'text': 'hello once more'}})")
    expect(page.get_by_text("hello once more")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("status")).to_have_text("Done")


def test_a_visitor_watches_by_a_link(open_page: Open, host: Host) -> None:
    pk = host.do("make('processing')")
    path = host.do(f"url_of(jobs.get(pk={pk!r}), 'page', signed='see')")
    page = open_page(path, who="")
    host.do(f"become({pk!r}, status='success', output={{'text': 'hello visitor'}})")
    expect(page.get_by_text("hello visitor")).to_be_visible()
    embedded = open_page(f"/watch/{pk}/?signed=see", who="")
    expect(embedded.get_by_text("hello visitor")).to_be_visible()
    assert open_page(f"/watch/{pk}/", who="bob").get_by_text("hello visitor").count() == 0


# ------------------------------------------------------------------------------ without our script


def test_htmx_does_it_too(open_page: Open, host: Host) -> None:
    pk = host.do("make('processing', progress=0.25)")
    page = open_page(f"/watch/{pk}/?htmx=1")
    page.evaluate("window.mark = 1")
    host.do(f"become({pk!r}, progress=0.5)")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "50")
    expect(page.get_by_role("status")).to_have_text("")
    host.do(f"become({pk!r}, status='fail', error={{'message': 'No sound.'}})")
    expect(page.get_by_text("No sound.")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("It didn't work")
    page.get_by_role("button", name="Try again").dblclick()
    expect(page.locator(".uai-live-words")).to_have_text("Waiting to start")
    (again,) = host.do(f"[str(job.pk) for job in jobs.filter(parent={pk!r})]")
    host.do(f"become({again!r}, status='success', output={{'text': 'hello htmx'}})")
    expect(page.get_by_text("hello htmx")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Done")
    assert page.evaluate("window.mark") == 1


def test_htmx_stops_where_the_job_is_gone(open_page: Open, host: Host) -> None:
    pk = host.do("make('processing')")
    requests: list[str] = []
    page = open_page(f"/watch/{pk}/?htmx=1", requests=requests)
    host.do(f"jobs.filter(pk={pk!r}).delete()")
    expect(page.locator(".uai-live-words")).to_have_text("This isn't there any more.")
    before = len(requests)
    page.wait_for_timeout(2500)
    assert len(requests) == before


def test_without_scripts_there_is_a_link_and_a_button(open_page: Open, host: Host) -> None:
    pk = host.do("make('processing')")
    page = open_page(f"/watch/{pk}/", java_script_enabled=False)
    host.do(f"become({pk!r}, status='fail', error={{'message': 'No sound.'}})")
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_text("No sound.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    page.wait_for_url(f"**/watch/{pk}/")
    expect(page.locator(".uai-live-words")).to_have_text("Waiting to start")
    (again,) = host.do(f"[str(job.pk) for job in jobs.filter(parent={pk!r})]")
    host.do(f"become({again!r}, status='success', output={{'text': 'hello patience'}})")
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_text("hello patience")).to_be_visible()


def test_without_scripts_the_page_renews_itself(open_page: Open, host: Host) -> None:
    pk = host.do("make('processing')")
    page = open_page(f"/watch/{pk}/?reload=1", java_script_enabled=False)
    host.do(f"become({pk!r}, status='success', output={{'text': 'hello reload'}})")
    expect(page.get_by_text("hello reload")).to_be_visible(timeout=20_000)


# ------------------------------------------------------------------------------------- its looks


def test_nothing_that_strangers_wrote_runs(open_page: Open, host: Host) -> None:
    pk = host.do("make('processing')")
    page = open_page(f"/watch/{pk}/")
    data = {"label": ATTACK, ATTACK: [ATTACK]}
    host.do(f"become({pk!r}, status='success', subfeature='unknown', output={data!r})")
    page.get_by_text("Result").click()
    expect(page.locator("pre")).to_contain_text("onerror")
    other = host.do(f"make('fail', error={{'message': {ATTACK!r}}})")
    page.goto(f"/watch/{other}/")
    expect(page.locator(".uai-live-failure")).to_contain_text("<img")
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_and_nothing_sticks_out(
    open_page: Open, host: Host, scheme: Literal["light", "dark"]
) -> None:
    long = "word" * 200
    pks = [host.do(f"make({status!r})") for status in ("pending", "processing", "uncertain")]
    pks.append(host.do(f"make('success', output={{'text': {long!r}}})"))
    pks.append(host.do(f"make('fail', error={{'message': {long!r}}})"))
    page = open_page(f"/watch/{','.join(pks)}/", viewport=PHONE, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate(PALE) == []
    ground = page.locator(".uai-live-card").first.evaluate(
        "e => getComputedStyle(e).backgroundColor"
    )
    page.goto(f"/watch/{pks[0]}/?theme={'dark' if scheme == 'light' else 'light'}")
    other = page.locator(".uai-live-card").first.evaluate(
        "e => getComputedStyle(e).backgroundColor"
    )
    assert ground != other


def test_nothing_moves_for_those_who_dont_want_it(open_page: Open, host: Host) -> None:
    pk = host.do("make('processing', requested_model='ocr/ocr_async/unknown')")
    name = "e => getComputedStyle(e).animationName"
    moving = open_page(f"/watch/{pk}/")
    assert moving.get_by_role("progressbar").evaluate(name) == "uai-live-moves"
    still = open_page(f"/watch/{pk}/", reduced_motion="reduce")
    assert still.get_by_role("progressbar").evaluate(name) == "none"
