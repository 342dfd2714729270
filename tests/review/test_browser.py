"""The page in a real browser, as a person uses it."""

import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

PHONE, DESKTOP = (390, 844), (1360, 900)
NEXT_PAGE = 0.2  # seconds in which the next page must be there
HOSTILE = '"><script>window.pwned=1</script><img src=http://evil.example/x onerror="pwned=1">'


class Page:
    """A browser tab with the review page in it."""

    def __init__(self, driver, address):
        self.driver = driver
        self.host = address.split("/?")[0]
        driver.get("about:blank")  # the page of the test before asks for its state now and then
        driver.get_log("performance")
        driver.get_log("browser")
        driver.get(address)
        self.until("document.body.dataset.page !== undefined")

    def js(self, script, *args):
        return self.driver.execute_script(script, *args)

    def until(self, condition, seconds=30):
        done = self.driver.execute_async_script(
            "const [limit, done] = arguments, began = performance.now();"
            f"const look = () => ({condition}) ? done(true)"
            " : performance.now() - began > limit ? done(false) : setTimeout(look, 15);"
            "look();",
            seconds * 1000,
        )
        assert done, f"not within {seconds} s: {condition}; the page says {self.said()!r}"

    def keys(self, text):
        self.driver.switch_to.active_element.send_keys(text)

    def click(self, id):
        self.driver.find_element("id", id).click()

    def text(self, id):
        return self.js("return document.getElementById(arguments[0]).textContent", id)

    def said(self):
        return self.text("said")

    def looked_through(self):
        self.until("document.body.dataset.complete === 'true'")

    def lines(self):
        """The text of each line that is shown, with whether it is struck through."""
        return self.js(
            "return [...document.querySelectorAll('.line')].map("
            "e => [e.querySelector('.text').textContent, e.classList.contains('dropped')])"
        )

    def go(self, line):
        """Walk to a line by keyboard."""
        here = self.js(
            "const e = document.querySelector('.line.here'); return Number(e.dataset.place)"
        )
        self.keys(("j" if line > here else "k") * abs(line - here))

    def turn(self, key="n"):
        before = self.js("return document.body.dataset.page")
        self.keys(key)
        self.until(f"document.body.dataset.page !== '{before}'")

    def shot(self, name):
        """A screenshot, if somebody wants to look at it."""
        if folder := os.environ.get("CLEANER_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.driver.save_screenshot(str(Path(folder, f"{name}.png")))

    def size(self, size):
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False},
        )

    def scheme(self, name):
        feature = {"name": "prefers-color-scheme", "value": name}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def asked(self):
        """The addresses that the browser asked for."""
        messages = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self):
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE" and "409" not in entry["message"]
        ]


@pytest.fixture
def visit(chromium, review):
    def open_page(*args):
        address, _ = review(*args)
        page = Page(chromium, address)
        page.size(DESKTOP)
        page.scheme("light")
        return page

    return open_page


@pytest.fixture
def source(tmp_path, harbour):
    return harbour.write(tmp_path / "in.jsonl", 16)


def clean(*args):
    command = [sys.executable, "-m", "cleaner", *map(str, args)]
    return subprocess.run(command, check=True, capture_output=True, text=True)


def test_from_debris_to_a_model_that_removes_it(visit, source, tmp_path, harbour):
    page = visit(source, "--labels", tmp_path / "labels.jsonl", "--by", "anna")
    page.looked_through()

    # Filters.
    everything = page.lines()
    assert len(everything) == 11
    page.click("keep")  # a label, so that there is something to filter and to undo
    page.until("document.querySelectorAll('.line.labelled').length === 1")
    page.js("document.querySelector('[data-show=labelled]').click()")
    assert len(page.lines()) == 1
    page.js("document.querySelector('[data-show=all]').click()")
    page.js("document.getElementById('lines').focus()")
    page.keys("u")
    page.until("document.getElementById('said').textContent === 'Undone.'")
    page.shot("1-open")

    # Twelve corrections by keyboard, on two pages, and the rest of them confirmed.
    corrected = 0
    for _ in range(2):
        number = int(re.search(r"\d+", page.text("title"))[0])
        _, _, debris = harbour.article(number)
        for line, (text, dropped) in enumerate(page.lines()):
            if text in debris:
                assert not dropped
                page.go(line)
                page.keys("d")
                page.until("document.getElementById('said').textContent === '1 line dropped.'")
                page.js("document.getElementById('said').textContent = ''")
                corrected += 1
        assert {text for text, dropped in page.lines() if dropped} == set(debris)
        page.shot("2-corrected")
        page.keys("c")
        page.until("document.getElementById('said').textContent.endsWith('confirmed.')")
        page.turn()
    assert corrected == 12

    # The same line elsewhere.
    line = next(n for n, (text, _) in enumerate(page.lines()) if text == harbour.SHOP)
    page.go(line)
    page.keys("e")
    page.until("document.getElementById('twins').open")
    assert "stands on 16 of 16 pages of harbour.example" in page.text("twins-count")
    page.click("rule-preview")
    page.until("!document.getElementById('rule').hidden")
    assert page.text("rule-count") == "It hits 16 lines:"
    page.shot("3-elsewhere")
    page.js("document.querySelector('#twins [data-close]').click()")
    page.go(line)
    page.keys("D")
    page.until("document.getElementById('said').textContent.includes('on all pages')")
    assert page.said() == "16 lines dropped on all pages."

    # Retrain, look at what changes, accept.
    page.keys("t")
    page.click("train-start")
    page.until("!document.getElementById('train-result').hidden", 60)
    page.shot("4-retrained")
    before, after = page.js(
        "return [...document.querySelectorAll('#train-figures tr:first-child td')]"
        ".slice(0, 2).map(e => parseFloat(e.textContent))"
    )
    assert after < before / 2, (before, after)
    changes = page.js(
        "return [...document.querySelectorAll('#train-changes li')].map("
        "e => [...e.querySelectorAll('.becomes, [dir]')].map(one => one.textContent.trim()))"
    )
    assert len(changes) > 16 * 4
    assert {verdict for verdict, _ in changes} == {"drop"}
    assert not (tmp_path / "models").exists()
    page.js("document.querySelector('#train-changes button').click()")
    page.until("document.querySelector('#train-changes .where').textContent.endsWith('right')")
    page.click("train-accept")
    page.until("!document.getElementById('train-done').hidden")
    assert f"--models {tmp_path / 'models'}" in page.text("train-done")
    page.js("document.querySelector('#train [data-close]').click()")
    page.until("document.querySelectorAll('.line.dropped').length === 6")
    assert page.complaints() == []

    # What `clean` makes of pages that nobody labelled, without and with the model.
    clean(source, tmp_path / "before.jsonl")
    clean(source, tmp_path / "after.jsonl", "--models", tmp_path / "models")
    left = {}
    for name in ("before", "after"):
        records = (tmp_path / f"{name}.jsonl").read_text().splitlines()
        left[name] = lost = 0
        for number, record in enumerate(map(json.loads, records)):
            _, body, debris = harbour.article(number)
            left[name] += sum(text in record["text"] for text in debris)
            lost += sum(text not in record["text"] for text in body)
        assert lost == 0
    assert left == {"before": 16 * 6, "after": 0}


def test_nothing_a_page_holds_is_executed_or_asked_for(visit, tmp_path):
    records = [
        {"id": HOSTILE, "url": f"https://a.example/{HOSTILE}", "html": f"<title>{HOSTILE}</title>"
         f"<p>Text {HOSTILE} &lt;script>pwned=1&lt;/script> and some more words.</p>"},
        {"id": "javascript:pwned=1", "url": "javascript:pwned=1", "text": f"Some text {HOSTILE}"},
    ]  # fmt: skip
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in records))
    page = visit(source, "--labels", tmp_path / "l.jsonl", "--by", HOSTILE)
    page.looked_through()
    for _ in range(2):
        page.keys("d")
        page.until("document.getElementById('said').textContent.includes('dropped')")
        page.keys("e")
        page.until("document.getElementById('twins').open")
        page.click("rule-preview")
        page.until("!document.getElementById('rule').hidden || "
                   "document.getElementById('twins-error').textContent")  # fmt: skip
        page.js("document.querySelector('#twins [data-close]').click()")
        assert "pwned" in page.js("return document.body.textContent")
        if page.js("return document.body.dataset.page") == "0":
            page.turn("n" if page.js("return document.querySelector('#pages [aria-current]')"
                                     ".dataset.at") == "0" else "p")  # fmt: skip
    assert page.js("return window.pwned") is None
    assert page.js("return document.querySelectorAll('img, iframe, a, body script').length") == 0
    asked = page.asked()
    assert asked and all(address.startswith(page.host) for address in asked), asked
    assert page.complaints() == []


def test_hostile_file_names(visit, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    name = "<img src=x onerror=pwned=1>.txt"
    (folder / name).write_text("Some words in a file.")
    (folder / "{{ 7*7 }} ${pwned=1}.txt").write_text("Some words in another file.")
    page = visit(folder, "--labels", tmp_path / "l.jsonl")
    page.looked_through()
    assert name in page.js("return document.getElementById('pages').textContent")
    page.turn()
    assert page.js("return window.pwned") is None
    assert page.js("return document.querySelectorAll('img').length") == 0
    assert all(address.startswith(page.host) for address in page.asked())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_everybody_can_use_it(visit, source, tmp_path, size, scheme):
    axe = pytest.importorskip("axe_core_python", reason="axe-core-python is not installed")
    script = Path(axe.__file__).with_name("axe.min.js").read_text("utf-8")
    page = visit(source, "--labels", tmp_path / "l.jsonl")
    page.size(size)
    page.scheme(scheme)
    page.looked_through()
    page.keys("jd")
    page.until("document.getElementById('said').textContent.includes('dropped')")
    page.driver.execute_script(script)

    def check(what):
        found = page.driver.execute_async_script(
            "const done = arguments[0]; axe.run().then(r => done(r.violations.map("
            "v => `${v.id}: ${v.nodes.map(n => n.html).slice(0, 3).join(' | ')}`)))"
        )
        assert found == [], what
        page.shot(f"5-{what}-{size[0]}-{scheme}")

    whole = page.js("const e = document.documentElement; return [e.scrollWidth, e.scrollHeight]")
    assert whole[0] <= size[0] and whole[1] <= size[1]  # only the lines scroll
    check("page")
    page.keys("e")
    page.until("document.getElementById('twins').open")
    page.click("rule-preview")
    page.until("!document.getElementById('rule').hidden")
    check("elsewhere")
    page.js("document.querySelector('dialog[open]').close()")
    page.keys("?")
    check("help")
    page.js("document.querySelector('dialog[open]').close()")
    assert page.js("return document.activeElement.id") == "lines"
    if size == PHONE:
        page.click("show-queue")
        check("queue")


def test_a_range_is_drawn_with_the_mouse_and_dropped_in_one_go(visit, source, tmp_path):
    action_chains = pytest.importorskip("selenium.webdriver").ActionChains
    page = visit(source, "--labels", tmp_path / "l.jsonl")
    page.looked_through()
    rows = page.driver.find_elements("class name", "line")
    action_chains(page.driver).click_and_hold(rows[2]).move_to_element(rows[3]).move_to_element(
        rows[5]
    ).release().perform()
    assert page.js("return document.querySelectorAll('[aria-selected=true]').length") == 4
    page.click("drop")
    page.until("document.getElementById('said').textContent === '4 lines dropped.'")
    page.click("undo")
    page.until("document.querySelectorAll('.line.labelled').length === 0")


def test_a_page_that_is_confirmed_twice_is_undone(visit, source, tmp_path):
    page = visit(source, "--labels", tmp_path / "l.jsonl")
    page.looked_through()
    for said in ("11 lines confirmed.", "0 lines confirmed."):
        page.keys("c")
        page.until(f"document.getElementById('said').textContent === '{said}'")
    page.keys("u")
    page.until("document.getElementById('said').textContent === 'Undone.'")
    assert page.js("return document.querySelectorAll('.line.labelled').length") == 0


def test_a_label_that_takes_its_time_is_not_shown_on_the_next_page(visit, source, tmp_path):
    page = visit(source, "--labels", tmp_path / "l.jsonl")
    page.looked_through()
    page.js(
        "const send = fetch; window.fetch = async (path, ...others) => {"
        "if (path.endsWith('/label')) await new Promise((then) => setTimeout(then, 700));"
        "return send(path, ...others); };"
    )
    page.keys("d")
    page.turn()
    page.until("document.getElementById('said').textContent === '1 line dropped.'")
    assert page.js("return document.querySelectorAll('.line.labelled').length") == 0
    rows = page.js("return [...document.querySelectorAll('#pages button')].map("
                   "e => [e.ariaCurrent, e.textContent.includes('labelled')])")  # fmt: skip
    assert rows[:2] == [[None, True], ["page", False]]


def test_two_tabs_see_each_other(visit, source, tmp_path):
    page = visit(source, "--labels", tmp_path / "l.jsonl")
    page.looked_through()
    driver, first = page.driver, page.driver.current_window_handle
    driver.get(page.host)  # both tabs open the page that the look through all puts first
    page.until("document.querySelectorAll('.line').length === 11")
    number = page.js("return Number(document.body.dataset.page)")
    driver.switch_to.new_window("tab")
    driver.get(page.host)
    page.until("document.querySelectorAll('.line').length === 11")
    page.keys("d")
    page.until("document.getElementById('said').textContent.includes('dropped')")
    labelled = json.loads((tmp_path / "l.jsonl").read_text())
    assert labelled["doc"] == f"tale-{number:03}"
    driver.close()
    driver.switch_to.window(first)
    page.until("document.querySelectorAll('.line.labelled').length === 1", 10)
    page.keys("u")
    page.until("document.getElementById('said').textContent.startsWith('Nothing to undo')")


MEASURE = """
const [key, done] = arguments;
const began = performance.now(), before = document.body.dataset.page;
dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const look = () => document.body.dataset.page === before ? setTimeout(look, 1)
  : requestAnimationFrame(() => done((performance.now() - began) / 1000));
look();
"""
SCROLL = """
const done = arguments[0], list = document.getElementById("lines"), took = [];
let last = performance.now(), left = 120;
const step = () => {
  const now = performance.now();
  took.push(now - last);
  last = now;
  list.scrollTop += 250;
  if (--left) requestAnimationFrame(step);
  else done(took.slice(1));
};
requestAnimationFrame(step);
"""


def test_ten_thousand_pages_and_five_thousand_lines_stay_fluid(visit, tmp_path, record_property):
    source = tmp_path / "in.jsonl"
    text = "\n".join(f"Line {n} of a page in which it says that the ice broke." for n in range(20))
    long = "\n".join(f"Line {n} says that the ferry left at dawn." for n in range(5000))
    with source.open("w") as file:
        for number in range(10_000):
            body = f"Page {number}\n{text}"
            if number < 2:
                body = long if number else "\n".join(long.split("\n")[:300])
            file.write(json.dumps({"id": str(number), "text": body}) + "\n")
    page = visit(source, "--labels", tmp_path / "l.jsonl")
    page.js("const o = document.getElementById('order'); o.value = 'given';"
            "o.dispatchEvent(new Event('change'))")  # fmt: skip
    page.until("document.body.dataset.page === '0' && "
               "document.getElementById('why').textContent.startsWith('Pages as')")  # fmt: skip
    usual = statistics.median(page.driver.execute_async_script(SCROLL))
    there_and_back = [page.driver.execute_async_script(MEASURE, key) for key in "npnpnpnpn"]
    to_long = min(there_and_back[::2])  # the fastest of five turns: others may use the machine
    assert page.js("return document.querySelector('.line').getAttribute('aria-setsize')") == "5000"
    frames = page.driver.execute_async_script(SCROLL)
    took = [page.driver.execute_async_script(MEASURE, "n") for _ in range(25)]
    record_property("next page, 5,000 lines, s", round(to_long, 3))
    record_property("next page, s", [round(one, 3) for one in took])
    frame = statistics.median(frames)
    print(f"to 5,000 lines {to_long:.3f} s, next page median {statistics.median(took):.3f},"
          f" most {max(took):.3f} s, scrolling {frame:.0f} ms a frame,"
          f" {usual:.0f} with 300 lines")  # fmt: skip
    assert to_long < NEXT_PAGE
    assert statistics.median(took) < NEXT_PAGE
    # There is no graphics card here, and others may use the machine.
    assert frame < max(50, 3 * usual)
