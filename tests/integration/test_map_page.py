"""The map in a page, in a real browser: drawn, zoomed, moved and told, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browser import BrowserPage, browser_page
from map_samples import write_map
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from radtest.core import Outcome, Target, TargetKind
from radtest.inject.exhaustive.map_file import MAP_OUTCOMES, open_map
from radtest.report import map_report, write_report
from radtest.report.style import OUTCOME_COLOURS

pytestmark = pytest.mark.chromium

READY = "!!document.querySelector('[data-part=status]')?.textContent"
BITS, CYCLES = 40, 3000
MASKED, LATENT, SDC = (MAP_OUTCOMES.index(outcome) for outcome in (Outcome.MASKED, Outcome.LATENT, Outcome.SDC))


def sample() -> NDArray[np.uint8]:
    """Masked above, latent below, and one single SDC: bit 5, cycle 4 + 1500."""
    outcome = np.full((BITS, CYCLES), MASKED, np.uint8)
    outcome[20:] = LATENT
    outcome[5, 1500] = SDC
    return outcome


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    targets = [Target(name, "core", TargetKind.FLIP_FLOP, 20) for name in ("pc", "count")]
    with open_map(write_map(folder / "map.h5", sample(), targets)) as upset_map:
        return write_report(map_report(upset_map).report, folder / "map.html")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserPage]:
    with browser_page(tmp_path_factory.mktemp("browser")) as page:
        yield page


@pytest.fixture
def page(browser: BrowserPage, report: Path) -> BrowserPage:
    browser.open(report, READY)
    browser.evaluate("document.querySelector('canvas').scrollIntoView({block: 'center'})")
    browser.settle()
    return browser


class Canvas:
    """The map on a page: where it is, and what can be seen of it."""

    def __init__(self, page: BrowserPage) -> None:
        self.page = page
        box = "const box = document.querySelector('canvas').getBoundingClientRect()"
        self.x, self.y, self.width, self.height = page.evaluate(
            f"(() => {{ {box}; return [box.x, box.y, box.width, box.height]; }})()"
        )

    def pixels(self) -> NDArray[np.uint8]:
        left, top = round(self.x), round(self.y)
        return self.page.picture()[top : top + round(self.height), left : left + round(self.width)]

    def share(self, outcome: Outcome) -> float:
        """Return which share of the canvas has just this colour."""
        colour = np.round(255 * np.array(to_rgb(OUTCOME_COLOURS[outcome]))).astype(np.uint8)
        return float((self.pixels() == colour).all(axis=2).mean())

    def reddest(self) -> tuple[float, float]:
        """Return the place on the page that is most of all in the colour of SDC, pale as it may be."""
        pixels = self.pixels().astype(int)
        redness = pixels[:, 195:, 0] - pixels[:, 195:, 2]
        y, x = np.unravel_index(redness.argmax(), redness.shape)
        return self.x + 195 + float(x), self.y + float(y)


def status(page: BrowserPage) -> str:
    return str(page.evaluate("document.querySelector('[data-part=status]').textContent"))


def tip(page: BrowserPage) -> list[str]:
    return str(page.evaluate("document.querySelector('[data-part=tip]').textContent")).split("\n")


def test_the_map_is_drawn_in_place_of_its_still(page):
    canvas = Canvas(page)

    assert canvas.share(Outcome.MASKED) == pytest.approx(0.38, abs=0.05)
    assert canvas.share(Outcome.LATENT) == pytest.approx(0.38, abs=0.05)
    assert page.evaluate("document.querySelector('[data-part=still]').hidden")
    assert status(page) == "40 of 40 bits (pc[0] to count[19]), cycles 4 to 3,003"
    assert page.complaints == []


def test_a_single_sdc_can_be_seen_in_the_whole_map_and_pointing_at_it_names_it(page):
    page.mouse("mouseMoved", *Canvas(page).reddest())

    bit, cycle, outcome, rest = tip(page)
    assert (bit, cycle, outcome) == ("pc[5]", "cycle 1,504", "sdc")
    assert rest.startswith("1 of the ")


def test_the_wheel_zooms_to_where_it_points(page):
    canvas = Canvas(page)
    before, place = canvas.pixels(), canvas.reddest()
    for _ in range(14):
        page.mouse("mouseWheel", *place, deltaX=0, deltaY=-240)

    assert (canvas.pixels() != before).any(axis=2).mean() > 0.2
    assert canvas.share(Outcome.SDC) > 0.02
    assert canvas.share(Outcome.LATENT) == 0
    page.mouse("mouseMoved", *canvas.reddest())
    assert tip(page) == ["pc[5]", "cycle 1,504", "sdc"]
    shown = status(page)
    assert "of 40 bits" in shown
    assert not shown.startswith("40 ")


def test_dragging_moves_what_is_shown_and_reset_shows_the_whole_map_again(page):
    canvas = Canvas(page)
    before = canvas.pixels()
    middle = (canvas.x + 500, canvas.y + 300)
    for _ in range(4):
        page.mouse("mouseWheel", *middle, deltaX=0, deltaY=-240)
    zoomed = status(page)
    page.drag(middle, (middle[0] - 150, middle[1]))
    moved = status(page)

    def first_cycle(text: str) -> int:
        return int(text.partition("cycles ")[2].partition(" ")[0].replace(",", ""))

    assert first_cycle(moved) > first_cycle(zoomed)
    page.evaluate("document.querySelector('[data-part=reset]').click()")
    page.settle()
    assert (canvas.pixels() == before).all()


def test_the_keyboard_zooms_moves_and_tells(page):
    page.evaluate("document.querySelector('canvas').focus()")
    page.press("+")
    page.press("+")
    zoomed = status(page)
    page.press("ArrowDown")
    page.press("ArrowRight")
    moved = status(page)

    assert zoomed != moved
    assert "in the middle: count[" in moved
    assert ", latent" in moved
    page.press("0")
    assert status(page).startswith("40 of 40 bits")


def test_a_register_can_be_chosen_by_name(page):
    choose = "const list = document.querySelector('[data-part=register]'); list.value = '1'"
    page.evaluate(f"(() => {{ {choose}; list.dispatchEvent(new Event('change')); }})()")
    page.settle()

    assert Canvas(page).share(Outcome.LATENT) > 0.5
    assert "to count[19]" in status(page)


def test_an_outcome_can_be_left_out(page):
    canvas = Canvas(page)
    page.evaluate(
        "[...document.querySelectorAll('[data-part=legend] label')].find(l => l.textContent == 'latent').click()"
    )
    page.settle()

    assert canvas.share(Outcome.LATENT) == 0
    assert canvas.share(Outcome.MASKED) > 0.6


def test_without_scripts_the_still_is_there(browser, report):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.call("Page.navigate", url=report.as_uri())
        shown = "(() => { const still = document.querySelector('[data-part=still] svg');"
        shown += " return !!still && still.getBoundingClientRect().height > 200"
        shown += " && document.querySelector('[data-part=live]').hidden; })()"
        for _ in range(200):
            if browser.evaluate(shown):
                break
        else:
            pytest.fail("no still")
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
