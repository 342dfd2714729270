"""What the server answers, and above all what it does not."""

import json
import shlex
import sys
import time

import pytest
from click.testing import CliRunner

from cleaner.batch import Options
from cleaner.cli import main
from cleaner.review.app import make_app
from cleaner.review.desk import ConflictError, Desk
from cleaner.review.guard import Guard, is_loopback
from cleaner.review.labels import LabelFile, read_labels
from cleaner.review.sources import open_queue
from cleaner.rules import load_template
from cleaner.types import CleanerError

HOST = "127.0.0.1:8000"


@pytest.fixture(scope="module")
def source(tmp_path_factory, harbour):
    return harbour.write(tmp_path_factory.mktemp("in") / "in.jsonl", 8)


class Browser:
    """A client that does what our own page does, unless told otherwise."""

    def __init__(self, desk, host="127.0.0.1"):
        self.guard = Guard(host)
        self.guard.listen(8000)
        self.client = make_app(desk, self.guard).test_client(use_cookies=False)
        self.desk = desk
        self.token = self.guard.address.split("token=")[1]

    def get(self, path, **headers):
        cookie = f"clean-review-8000={self.token}"
        return self.client.get(path, headers={"Host": HOST, "Cookie": cookie, **headers})

    def post(self, path, body=None, **headers):
        ours = {
            "Host": HOST,
            "Cookie": f"clean-review-8000={self.token}",
            "Origin": f"http://{HOST}",
            "X-CSRF-Token": self.guard.csrf,
        }
        sent = {name: value for name, value in {**ours, **headers}.items() if value is not None}
        return self.client.post(f"/api/{path}", json=body or {}, headers=sent)

    def version(self):
        return self.get("/api/state").json["version"]

    def confirm(self, number, **shown):
        """Confirm a page as it is, or as it was `shown`."""
        page = {**self.get(f"/api/page/{number}").json, **shown}
        return self.post(
            "confirm", {name: page[name] for name in ("page", "generation", "version")}
        )


@pytest.fixture
def browser(tmp_path, source):
    desk = Desk(
        open_queue(source), LabelFile(tmp_path / "l.jsonl"), Options(),
        models=tmp_path / "models", sites=tmp_path / "sites", by="anna",
    )  # fmt: skip
    for number in range(len(desk.sheets)):
        desk.survey.view(number)
    return Browser(desk)


def test_the_address_gives_a_cookie_and_loses_its_token(browser):
    path = browser.guard.address.removeprefix("http://127.0.0.1:8000")
    answer = browser.client.get(path, headers={"Host": HOST})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/state", "/api/page/0", "/static/main.js", "/nothing"])
def test_nothing_is_answered_without_the_token(browser, path):
    for cookie in ("", "clean-review-8000=", "clean-review-8000=wrong"):
        assert browser.get(path, Cookie=cookie).status_code == 403
    assert browser.get(f"{path}?token=wrong").status_code == 403


@pytest.mark.parametrize("host", ["evil.example:8000", "127.0.0.1:8001", "127.0.0.1", "", "a@b"])
def test_a_name_that_is_not_ours_is_refused(browser, host):
    # So that a stranger's domain cannot be made to mean this machine.
    assert browser.get("/api/state", Host=host).status_code == 403


LABEL = {"page": 0, "lines": [1], "keep": False, "kind": None, "version": 0}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": None},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:8001"},
        {"Origin": f"https://{HOST}"},
        {"X-CSRF-Token": None},
        {"X-CSRF-Token": "wrong"},
        {"X-CSRF-Token": "ü"},
        {"Cookie": None},
    ],
)
def test_nothing_is_written_for_another_page(browser, headers):
    assert browser.post("label", LABEL, **headers).status_code == 403
    assert browser.desk.labels.version == 0
    assert browser.post("label", LABEL).status_code == 200


def test_every_answer_forbids_what_the_page_does_not_need(browser):
    for answer in (browser.get("/"), browser.get("/api/state"), browser.get("/x"),
                   browser.get("/", Host="evil.example")):  # fmt: skip
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "http" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_loopback_and_what_is_not():
    assert all(map(is_loopback, ["127.0.0.1", "127.9.9.9", "::1", "localhost"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "10.0.0.1", "localhost.evil.example", ""]))


def test_told_to_listen_everywhere_it_is_reached_by_addresses_not_by_names(browser):
    open_one = Browser(browser.desk, host="0.0.0.0")
    assert open_one.get("/api/state", Host="192.168.1.7:8000").status_code == 200
    assert open_one.get("/api/state", Host="evil.example:8000").status_code == 403
    assert open_one.get("/api/state", Host="192.168.1.7:8000", Cookie="").status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**LABEL, "page": 99},
        {**LABEL, "page": -1},
        {**LABEL, "page": "0"},
        {**LABEL, "lines": [99]},
        {**LABEL, "lines": [-1]},
        {**LABEL, "lines": []},
        {**LABEL, "lines": [True]},
        {**LABEL, "keep": "no"},
        {**LABEL, "kind": "nonsense"},
        {**LABEL, "kind": {"a": 1}},
    ],
)
def test_what_makes_no_sense_is_said_to_and_changes_nothing(browser, body):
    answer = browser.post("label", body)
    assert answer.status_code == 400 and answer.json["error"]
    assert browser.desk.labels.version == 0


@pytest.mark.parametrize(
    "path", ["/api/page/99", "/api/queue?order=x", "/api/twins/0/99", "/api/twins/99/0"]
)
def test_what_is_not_there_is_said_not_to_be(browser, path):
    assert browser.get(path).status_code == 400


@pytest.mark.parametrize(
    "path", ["label", "confirm", "twins", "rule/preview", "rule/save", "train"]
)
def test_a_page_that_is_not_there_is_said_not_to_be(browser, path):
    site = {"site": "harbour.example", "line": 1, "seen": 0, "generation": 0}
    answer = browser.post(path, {**LABEL, **site, "page": 99})
    assert (answer.status_code, answer.json) == (400, {"error": "no page 99"})
    assert browser.desk.labels.version == 0 and not browser.desk.training.running


def test_a_line_is_labelled_undone_and_labelled_again(browser):
    first = browser.post("label", LABEL).json
    page = browser.get("/api/page/0").json
    assert page["labels"] == {"1": [False, "other", "anna"]}
    browser.post("undo", {"action": first["action"]})
    assert browser.get("/api/page/0").json["labels"] == {}
    again = {**LABEL, "keep": True, "kind": "quote", "version": browser.version()}
    assert browser.post("label", again).status_code == 200
    assert browser.get("/api/page/0").json["labels"] == {"1": [True, "quote", "anna"]}
    assert browser.post("undo", {"action": "none"}).status_code == 400


def test_a_tab_does_not_overwrite_what_another_one_labelled(browser):
    browser.post("label", LABEL)
    stale = {**LABEL, "keep": True}
    assert browser.post("label", stale).status_code == 409
    assert browser.post("label", {**stale, "lines": [2]}).status_code == 200
    assert browser.post("label", {**stale, "version": browser.version()}).status_code == 200


def test_a_label_given_while_a_page_is_read_is_not_overwritten(browser, monkeypatch):
    desk = browser.desk

    def counted(number, mask):  # after the labels were read
        monkeypatch.undo()
        assert browser.post("label", LABEL).status_code == 200
        return 1

    monkeypatch.setattr(desk.survey, "count", counted)
    page = desk.page(0)
    assert page["labels"] == {}
    stale = {**LABEL, "keep": True, "version": page["version"]}
    assert browser.post("label", stale).status_code == 409


def test_who_proposed_and_who_confirmed_is_recorded(browser):
    browser.post("label", LABEL)
    browser.confirm(0)
    corrected, *confirmed = read_labels(browser.desk.labels.path)
    assert (corrected.line, corrected.proposed_by, corrected.confirmed_by) == (1, "anna", "anna")
    assert {label.proposed_by for label in confirmed} == {"model:base"}
    lines = len(browser.get("/api/page/0").json["lines"])
    assert [label.line for label in confirmed] == [n for n in range(lines) if n != 1]


def test_a_page_that_is_all_labelled_has_nothing_to_undo_when_it_is_confirmed(browser):
    first, again = browser.confirm(0).json, browser.confirm(0).json
    assert again == {"action": None, "version": first["version"], "lines": 0}


def test_a_line_is_found_and_labelled_wherever_it_stands(browser, harbour):
    page = browser.get("/api/page/3").json
    line = next(n for n, row in enumerate(page["lines"]) if "people from the town" in row[0])
    assert page["lines"][line][6] == page["site_pages"] == 8  # numbers differ, the line does not
    twins = browser.get(f"/api/twins/3/{line}").json
    assert twins["pages"] == 8 and len({text for _, _, text, _ in twins["lines"]}) == 8
    body = {"page": 3, "line": line, "keep": False, "kind": "counter", "version": 0}
    result = browser.post("twins", body).json
    assert result["lines"] == 8
    labels = read_labels(browser.desk.labels.path)
    assert {label.doc for label in labels} == {f"tale-{n:03}" for n in range(8)}
    assert {label.kind for label in labels} == {"counter"}
    assert all(label.proposed_by.startswith("repeat:# people") for label in labels)
    browser.post("undo", {"action": result["action"]})
    assert browser.get("/api/state").json["labelled_lines"] == 0


def test_a_rule_is_saved_after_its_hits_were_shown_and_used_at_once(browser, harbour):
    page = browser.get("/api/page/0").json
    line = next(n for n, row in enumerate(page["lines"]) if row[0] == harbour.LETTER)
    asked = {"page": 0, "line": line, "keep": False, "kind": "newsletter", "site": page["site"]}
    shown = browser.post("rule/preview", asked).json
    assert len(shown["hits"]) == 8 and {text for _, _, text, _ in shown["hits"]} == {harbour.LETTER}
    assert not browser.desk.sites.exists()
    assert browser.post("rule/save", {**asked, "seen": 7}).status_code == 409
    saved = browser.post("rule/save", {**asked, "seen": 8}).json
    assert f"--sites {browser.desk.sites}" in saved["command"]
    _, keep, _, kind, reason, *_ = browser.get("/api/page/5").json["lines"][line]
    assert (keep, kind) == (False, "newsletter")
    assert reason.startswith("template:harbour.example-review/")
    # The same once more adds nothing, another one does.
    browser.post("rule/save", {**asked, "seen": 8})
    voted = next(n for n, row in enumerate(page["lines"]) if "people from the town" in row[0])
    browser.post("rule/save", {**asked, "line": voted, "kind": "counter", "seen": 8})
    toml = (browser.desk.sites / "harbour.example.review.toml").read_text()
    assert toml.count("[[rules]]") == 2
    assert not browser.get("/api/page/6").json["lines"][voted][1]


def test_a_rule_is_added_to_what_a_person_wrote(browser, harbour):
    page = browser.get("/api/page/0").json
    line = next(n for n, row in enumerate(page["lines"]) if row[0] == harbour.LETTER)
    asked = {"page": 0, "line": line, "keep": False, "kind": "newsletter", "site": page["site"]}
    path = browser.desk.sites / "harbour.example.review.toml"
    path.parent.mkdir()
    written = (
        "# Mine.\nname = 'mine'\nabout = ''\npriority = 7\nmatch.domains = ['harbour.example']\n"
        "[[rules]]\nname = 'one' # a remark\nexact = 'Another line of the harbour'\n"
        "[[examples]]\nlines = ['- Another line of the harbour', '+ And some text.']\n"
    )
    path.write_bytes(b"\xef\xbb\xbf" + written.encode())
    assert browser.post("rule/save", {**asked, "seen": 8}).status_code == 200
    saved = path.read_text()
    assert saved.startswith(written) and saved.count("[[rules]]") == 2
    assert [len(load_template(path).rules), len(load_template(path).examples)] == [2, 1]
    assert browser.post("rule/save", {**asked, "seen": 8}).status_code == 200
    assert path.read_text() == saved
    path.write_text("name = 'mine'\nabout = ''\nmatch.domains = ['harbour.example']\n"
                    "rules = [{name = 'one', exact = 'Another line'}]\n")  # fmt: skip
    before = path.read_text()
    answer = browser.post("rule/save", {**asked, "seen": 8})
    assert answer.status_code == 400 and "[[rules]]" in answer.json["error"]
    assert path.read_text() == before


def test_no_rule_is_saved_that_does_not_load(tmp_path):
    (tmp_path / "a.txt").write_text("A line of text that stays.\n\n12 34\n")
    desk = Desk(
        open_queue(tmp_path / "a.txt"), LabelFile(tmp_path / "l.jsonl"), Options(),
        models=tmp_path / "models", sites=tmp_path / "sites", by="anna",
    )  # fmt: skip
    own = Browser(desk)
    asked = {"page": 0, "line": 1, "keep": False, "kind": "nonsense", "site": "a.example"}
    for path in ("rule/preview", "rule/save"):
        answer = own.post(path, {**asked, "seen": 1})
        assert answer.status_code == 400 and "nonsense" in answer.json["error"]
        assert not desk.sites.exists()
    # For all pages, a regex must name what stands in a line.
    desk.sites.mkdir()
    path = desk.sites / "a.example.review.toml"
    path.write_text("name = 'mine'\nabout = ''\nmatch.always = true\n"
                    "[[rules]]\nname = 'one'\nexact = 'Another line'\n")  # fmt: skip
    before = path.read_text()
    answer = own.post("rule/save", {**asked, "kind": "counter", "seen": 1})
    assert answer.status_code == 400 and "regex" in answer.json["error"]
    assert path.read_text() == before


def test_one_labelled_page_is_too_few_to_train_and_nothing_is_accepted(browser):
    browser.confirm(0)
    assert browser.post("train", {"site": "harbour.example", "page": 0}).status_code == 200
    for _ in range(200):
        training = browser.get("/api/state").json["training"]
        if not training["running"]:
            break
        time.sleep(0.05)
    assert "1 pages of harbour.example have labels" in training["error"]
    assert browser.get("/api/proposal").status_code == 400
    assert browser.post("accept").status_code == 400
    assert not browser.desk.models.exists()


def test_labels_that_cannot_be_read_do_not_block_training(browser):
    browser.desk.labels.path.write_text("[]\n")
    asked = {"site": "harbour.example", "page": 0}
    for _ in range(2):
        answer = browser.post("train", asked)
        assert answer.status_code == 400 and "expected an object" in answer.json["error"]


def test_without_the_web_framework_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "flask", None)
    (tmp_path / "a.txt").write_text("Some text.")
    arguments = ["review", str(tmp_path), "--labels", str(tmp_path / "l.jsonl"), "--no-open"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert "pip install 'pagecleaner[review]'" in result.stderr


def test_of_folders_that_are_to_be_made_nothing_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("cleaner.review.app.serve", lambda *_, **__: sys.exit())
    (tmp_path / "a.txt").write_text("Some text.")
    command = ["review", str(tmp_path / "a.txt"), "--labels", str(tmp_path / "l.jsonl")]
    folders = ["--models", str(tmp_path / "models"), "--sites", str(tmp_path / "sites")]
    assert CliRunner().invoke(main, command + folders).stderr == ""
    (tmp_path / "sites").mkdir()
    assert "no templates" in CliRunner().invoke(main, command + folders).stderr


def test_folders_for_models_and_rules_need_not_be_there(review, tmp_path):
    (tmp_path / "a.txt").write_text("Some text.")
    folders = ["--models", tmp_path / "new" / "models", "--sites", tmp_path / "new" / "sites"]
    review(tmp_path / "a.txt", "--labels", tmp_path / "l.jsonl", *folders)
    assert not (tmp_path / "new").exists()
    result = CliRunner().invoke(main, ["explain", str(tmp_path / "a.txt"), *map(str, folders)])
    assert result.exit_code == 2 and "does not exist" in result.stderr


@pytest.mark.parametrize("site", ["../../etc", "/etc", "..", "<b>", "a b"])
def test_no_rule_and_no_model_is_written_elsewhere(browser, site, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    asked = {"page": 0, "line": 1, "keep": False, "kind": None, "site": site}
    for path, body in [("rule/preview", asked), ("rule/save", {**asked, "seen": 0}),
                       ("train", {"site": site, "page": 0})]:  # fmt: skip
        assert browser.post(path, body).status_code in (400, 409), path
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("order", ["mixed", "uncertain", "frequent", "random", "given"])
def test_every_order_has_all_pages_and_says_why(browser, order):
    found = browser.get(f"/api/queue?order={order}").json
    assert sorted(row[0] for row in found["rows"]) == list(range(8))
    assert found["why"]


def test_hostile_text_is_data(browser, tmp_path):
    hostile = '</script><img src=x onerror="alert(1)">'
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"id": hostile, "url": hostile, "text": hostile}) + "\n")
    desk = Desk(
        open_queue(source), LabelFile(tmp_path / "h.jsonl"), Options(),
        models=tmp_path / "m", sites=tmp_path / "s", by=hostile,
    )  # fmt: skip
    own = Browser(desk)
    answer = own.get("/api/page/0")
    assert answer.content_type == "application/json"
    assert answer.json["lines"][0][0] == answer.json["id"] == hostile
    assert "<img" not in own.get("/").text


def two_servers(browser):
    """Another one on the same labels."""
    desk = browser.desk
    other = Desk(
        desk.sheets,
        LabelFile(desk.labels.path),
        desk.options,
        models=desk.models,
        sites=desk.sites,
        by="bob",
    )
    return browser, Browser(other)


def test_what_another_server_says_of_a_line_stays_when_a_page_is_confirmed(browser):
    anna, bob = two_servers(browser)
    keep = bob.get("/api/page/1").json["lines"][1][1]
    asked = {"page": 1, "lines": [1], "keep": not keep, "kind": None, "version": bob.version()}
    assert bob.post("label", asked).status_code == 200
    anna.confirm(1)
    for each in (anna, bob):
        assert each.get("/api/state").status_code == 200
        assert each.get("/api/page/1").json["labels"]["1"][::2] == [not keep, "bob"]


def test_what_another_server_said_and_took_back_is_not_said(browser):
    anna, bob = two_servers(browser)
    keep = bob.get("/api/page/0").json["lines"][1][1]
    asked = {"page": 0, "lines": [1], "keep": not keep, "kind": None, "version": bob.version()}
    action = bob.post("label", asked).json["action"]
    bob.post("undo", {"action": action})
    assert anna.get("/api/state").json["labelled_lines"] == 0
    assert anna.get("/api/page/0").json["labels"] == {}


def test_only_verdicts_that_were_shown_are_confirmed(browser, harbour):
    page = browser.get("/api/page/0").json
    line = next(n for n, row in enumerate(page["lines"]) if row[0] == harbour.LETTER)
    asked = {"page": 1, "line": line, "keep": False, "kind": "newsletter", "site": page["site"]}
    assert browser.post("rule/save", {**asked, "seen": 8}).status_code == 200
    answer = browser.confirm(0, generation=page["generation"])
    assert answer.status_code == 409 and answer.json["error"]
    assert browser.desk.labels.version == 0
    assert browser.confirm(0).status_code == 200
    assert browser.get("/api/page/0").json["labels"][str(line)][0] is False


def test_a_line_whose_label_was_taken_back_is_not_confirmed_unseen(browser):
    anna, bob = two_servers(browser)
    keep = bob.get("/api/page/0").json["lines"][1][1]
    asked = {"page": 0, "lines": [1], "keep": not keep, "kind": None, "version": bob.version()}
    action = bob.post("label", asked).json["action"]
    shown = anna.version()
    bob.post("undo", {"action": action})
    assert anna.confirm(0, version=shown).status_code == 409
    assert anna.get("/api/page/0").json["labels"] == {}
    assert anna.confirm(0).status_code == 200


def test_what_cannot_be_written_is_told(browser, harbour):
    page = browser.get("/api/page/0").json
    line = next(n for n, row in enumerate(page["lines"]) if row[0] == harbour.LETTER)
    asked = {"page": 0, "line": line, "keep": False, "kind": "newsletter", "site": page["site"]}
    browser.desk.sites.write_text("a file, where the folder should be")
    answer = browser.post("rule/save", {**asked, "seen": 8})
    assert answer.status_code == 500 and str(browser.desk.sites) in answer.json["error"]
    browser.desk.sites.unlink()
    browser.desk.sites.mkdir()
    (browser.desk.sites / "x.toml").write_text("broken")
    answer = browser.post("rule/save", {**asked, "seen": 8})
    assert answer.status_code == 400 and "x.toml: not TOML" in answer.json["error"]
    assert [path.name for path in browser.desk.sites.iterdir()] == ["x.toml"]


def test_a_label_is_of_the_page_with_its_address(tmp_path):
    for name in ("a", "b"):
        record = {"id": "1", "url": f"https://{name}.example/", "text": "One line.\n\nAnother."}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(record) + "\n")
    keeps = {}
    for name, keep in (("a", False), ("b", True), ("a", None), ("b", None)):
        desk = Desk(
            open_queue(tmp_path / f"{name}.jsonl"), LabelFile(tmp_path / "labels.jsonl"), Options(),
            models=tmp_path / "models", sites=tmp_path / "sites", by="anna",
        )  # fmt: skip
        if keep is None:
            keeps[name] = [keep for keep, *_ in desk.page(0)["labels"].values()]
        else:
            assert desk.page(0)["labels"] == {}
            desk.label(0, [0, 1], keep=keep, kind=None, version=desk.version)
    assert keeps == {"a": [False, False], "b": [True, True]}


def test_a_label_counts_whichever_id_its_page_was_shown_under(tmp_path):
    def queue(*names):
        for at, name in enumerate(names, 1):
            record = {"id": 7, "url": f"https://x.example/{at}", "text": "One line.\n\nAnother."}
            (tmp_path / "in" / f"{name}.jsonl").write_text(json.dumps(record) + "\n")
        return Desk(
            open_queue(tmp_path / "in"), LabelFile(tmp_path / "labels.jsonl"), Options(),
            models=tmp_path / "models", sites=tmp_path / "sites", by="anna",
        )  # fmt: skip

    (tmp_path / "in").mkdir()
    alone = queue("a")
    alone.label(0, [0, 1], keep=False, kind=None, version=0)
    both = queue("a", "b")
    assert [sheet.id for sheet in both.sheets] == ["7 in a", "7 in b"]
    assert [len(both.page(number)["labels"]) for number in range(2)] == [2, 0]
    action = both.label(0, [0], keep=True, kind=None, version=both.version)["action"]
    assert alone.state()["labelled_lines"] == both.state()["labelled_lines"] == 2
    assert [keep for keep, *_ in alone.page(0)["labels"].values()] == [True, False]
    with pytest.raises(ConflictError):
        alone.label(0, [0], keep=False, kind=None, version=2)
    both.undo(action)
    assert [keep for keep, *_ in both.page(0)["labels"].values()] == [False, False]


def test_a_correction_of_a_label_that_moved_replaces_it(tmp_path):
    def desk(*lines):
        record = {"id": "1", "url": "https://a.example/", "text": "\n\n".join(lines)}
        (tmp_path / "in.jsonl").write_text(json.dumps(record) + "\n")
        return Desk(
            open_queue(tmp_path / "in.jsonl"), LabelFile(tmp_path / "labels.jsonl"), Options(),
            models=tmp_path / "models", sites=tmp_path / "sites", by="anna",
        )  # fmt: skip

    lines = ["One line of text.", "Share", "Another line of text.", "The last.", "Share"]
    desk(*lines).label(0, [1], keep=True, kind=None, version=0)
    changed = desk("A line above.", "And one more.", *lines)
    assert [*changed.page(0)["labels"]] == ["3"]
    action = changed.label(0, [3], keep=False, kind=None, version=1)["action"]
    labels, lost = (changed.page(0)[name] for name in ("labels", "lost"))
    assert {line: keep for line, (keep, *_) in labels.items()} == {"3": False}
    assert lost == []
    changed.undo(action)
    assert changed.page(0)["labels"]["3"][0] is True


@pytest.mark.parametrize("with_more", [None, False, True])
def test_a_file_of_labels_that_was_replaced_is_not_written_to(tmp_path, with_more):
    (tmp_path / "a.txt").write_text("One line.\n\nAnother.\n\nThe last.")
    labels = tmp_path / "labels.jsonl"
    desk = Desk(
        open_queue(tmp_path / "a.txt"), LabelFile(labels), Options(),
        models=tmp_path / "models", sites=tmp_path / "sites", by="anna",
    )  # fmt: skip
    action = desk.label(0, [0, 1], keep=True, kind=None, version=0)["action"]
    before = labels.read_bytes()
    first = before.splitlines(keepends=True)[0].replace(b"anna", b"ben")
    labels.unlink()
    if with_more is not None:
        labels.write_bytes(first * 5 if with_more else first)
    after = labels.read_bytes() if labels.exists() else None
    with pytest.raises(CleanerError, match=r"replaced or removed .* start `clean review` anew"):
        desk.label(0, [2], keep=False, kind=None, version=2)
    with pytest.raises(CleanerError, match="replaced or removed"):
        desk.undo(action)
    assert (labels.read_bytes() if labels.exists() else None) == after


def test_labels_that_are_of_no_page_are_told(tmp_path, monkeypatch):
    pages, labels = tmp_path / "in.jsonl", LabelFile(tmp_path / "labels.jsonl")
    told = []
    monkeypatch.setattr("cleaner.review.app.serve", lambda *_, **__: sys.exit())
    for scheme in ("http", "https"):
        record = {"id": "1", "url": f"{scheme}://a.example/", "text": "One line.\n\nAnother."}
        pages.write_text(json.dumps(record) + "\n")
        desk = Desk(
            open_queue(pages), labels, Options(),
            models=tmp_path / "models", sites=tmp_path / "sites", by="anna",
        )  # fmt: skip
        if scheme == "http":
            desk.label(0, [0, 1], keep=True, kind=None, version=0)
        arguments = ["review", str(pages), "--labels", str(labels.path), "--no-open"]
        told.append(CliRunner().invoke(main, arguments).stderr)
    assert told[0] == "" and "2 labels are of no page here" in told[1]


def test_pages_without_an_address_are_of_the_site_named_last(tmp_path):
    (tmp_path / "a.txt").write_text("Some text that stays.\n\nOur letter.\n\nYour comment.\n")
    desk = Desk(
        open_queue(tmp_path / "a.txt"), LabelFile(tmp_path / "l.jsonl"), Options(),
        models=tmp_path / "models", sites=tmp_path / "my sites", by="anna",
    )  # fmt: skip
    for line, site in ((1, "one.example"), (2, "two.example")):
        saved = desk.save_rule(0, line, keep=False, kind="other", site=site, seen=1)
        options = ["--sites", str(tmp_path / "my sites"), "--site", site]
        assert shlex.split(saved["command"]) == ["clean", "IN", "OUT", *options]
        page = desk.page(0)
        assert page["site"] == site
        assert page["lines"][line][4].startswith(f"template:{site}-review/")


def test_a_long_line_is_found_wherever_it_stands(tmp_path):
    notice = "Nobody in this office answers for what the readers write below. " * 8
    for number in range(6):
        page = f"<p>A story of its own, number {number}, about the harbour.<p>{notice}"
        (tmp_path / f"{number}.html").write_text(page)
    desk = Desk(
        open_queue(tmp_path), LabelFile(tmp_path / "l.jsonl"), Options(site="a.example"),
        models=tmp_path / "models", sites=tmp_path / "sites", by="anna",
    )  # fmt: skip
    for number in range(6):
        desk.survey.view(number)
    shown = desk.preview_rule(0, 1, keep=False, kind="legal", site="a.example")
    assert len(shown["hits"]) == 6


def test_an_address_of_the_newer_form_is_one_that_can_be_opened():
    guard = Guard("::1")
    guard.listen(8000)
    assert guard.address.startswith("http://[::1]:8000/?token=")
