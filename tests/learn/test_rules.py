import random

import pytest

from cleaner.learn.collect import Collector
from cleaner.learn.repeats import Bounds
from cleaner.learn.site import learn
from cleaner.learn.write import diff, save_template
from cleaner.pipeline import Cleaner
from cleaner.rules import load_template
from cleaner.types import CleanerError, Document
from tests.learn.pages import PROMOTION, REFRAIN, SITE, documents, page, sentence


@pytest.fixture(scope="module")
def cleaner():
    return Cleaner()


def learned_from(pages, cleaner, bounds=None):
    collector = Collector()
    for document in pages:
        collector.add(document, site=SITE)
    [sketch] = collector.finish()
    return learn(sketch, cleaner, bounds or Bounds())


@pytest.fixture(scope="module", params=["html", "text"])
def form(request):
    return request.param


@pytest.fixture(scope="module")
def learned(form, cleaner):
    return learned_from(documents(range(12), form=form), cleaner, Bounds(loss=0.2))


def kept_by(learned, document, folder):
    save_template(learned, folder)
    cleaned = Cleaner(sites=folder).clean(document)
    return {line.text: verdict for line, verdict in cleaned}


def test_what_repeats_goes_from_unseen_pages_and_the_text_stays(learned, form, tmp_path):
    [document] = documents([40], form=form)
    verdicts = kept_by(learned, document, tmp_path)
    assert not verdicts[PROMOTION].keep
    assert verdicts[PROMOTION].reason.startswith(f"template:{SITE}/")
    for paragraph in page(40)[2].splitlines():
        assert verdicts[paragraph].keep
    [readers] = [text for text in verdicts if text.endswith("readers liked this")]
    assert verdicts[readers].reason.startswith(f"template:{SITE}/")
    assert not verdicts["More from the Gazette"].keep


def test_the_file_says_what_speaks_for_each_rule_and_can_be_read_back(learned, tmp_path):
    path = save_template(learned, tmp_path)
    text = path.read_text("utf-8")
    assert "12 of 12 pages, from 2024-01-01 to 2024-12-12. For example:" in text
    assert load_template(path) == learned.template
    assert text.count("# On ") == len(learned.rules)


def test_the_diff_shows_the_lines_that_only_the_rules_take(learned):
    lines = list(diff(learned))
    [promotion] = [line for line in lines if PROMOTION[:80] in line]
    assert int(promotion.split()[0].strip("-") or promotion.split()[1]) > 1
    assert not any("Weather" in line for line in lines)  # the model drops it already


def test_a_refrain_inside_the_text_stays(cleaner):
    pages = []
    for document in documents(range(12)):
        before, _, after = document.content.partition(
            "\n" + page(int(document.id))[2].split("\n")[2]
        )
        middle = page(int(document.id))[2].split("\n")[2]
        text = f"{before}\n{REFRAIN}\n{middle}{after}"
        pages.append(Document(text, id=document.id, url=document.url, format="text"))
    learned = learned_from(pages, cleaner)
    assert REFRAIN in learned.spared
    assert not any(REFRAIN in rule.rule.exact for rule in learned.rules)


def test_a_rule_that_takes_too_much_is_refused(cleaner):
    learned = learned_from(documents(range(12)), cleaner, Bounds(loss=0.0))
    assert not any(rule.loss for rule in learned.rules)
    strict = learned_from(documents(range(12)), cleaner, Bounds(pages=13))
    assert strict.template is None


def test_too_few_pages_teach_nothing(cleaner):
    assert learned_from(documents([1]), cleaner).template is None


def test_a_template_changed_by_hand_is_not_overwritten(learned, tmp_path):
    path = save_template(learned, tmp_path)
    save_template(learned, tmp_path)  # ours may be replaced
    path.write_text(path.read_text("utf-8").replace("Learned from", "I trust these"), "utf-8")
    with pytest.raises(CleanerError, match="changed since"):
        save_template(learned, tmp_path)
    save_template(learned, tmp_path, force=True)
    assert "Learned from" in path.read_text("utf-8")


def test_hostile_lines_are_written_as_data(cleaner, tmp_path):
    evil = 'x"""\n[[rules]]\nname="y"\\'.split("\n")
    pages = [
        Document("\n".join([*evil, "\x1b[31m menu (a|b", f"A story of {'abcdef'[n]}{n}."]),
                 id=str(n), url=f"https://{SITE}/{n}", format="text")
        for n in range(6)
    ]  # fmt: skip
    learned = learned_from(pages, cleaner, Bounds(loss=1))
    assert load_template(save_template(learned, tmp_path)) == learned.template
    cleaned = Cleaner(sites=tmp_path).clean(pages[0])
    assert all(verdict.reason.startswith("template:") for verdict in cleaned.verdicts[:4])


def test_titles_with_a_date_stay_and_by_lines_have_rules_of_their_own(cleaner, tmp_path):
    pages = []
    for number in range(12):
        title = f"Daily briefing, {number + 1} March 2024"
        pages.append(
            Document(
                f"<title>{title} | Gazette</title><ul><li><a href=/>Home</a><li><a href=/n>News</a>"
                f"<li><a href=/w>Weather</a></ul><h1>{title}</h1><p class=byline>By Jane Roe,"
                f" {number + 1} March 2024</p><p>{page(number)[2]}</p>"
                "<footer>Terms of use</footer>",
                url=f"https://{SITE}/{number}",
                format="html",
            )
        )
    learned = learned_from(pages, cleaner)
    [document] = [pages[3]]
    save_template(learned, tmp_path)
    reasons = {}
    for kept in ("heading", "byline"):
        cleaned = Cleaner(sites=tmp_path, keep=(kept,)).clean(document)
        reasons |= {(kept, line.text): verdict for line, verdict in cleaned}
    assert reasons["heading", "Daily briefing, 4 March 2024"].keep
    assert reasons["byline", "By Jane Roe, 4 March 2024"].keep
    assert not reasons["heading", "By Jane Roe, 4 March 2024"].keep
    assert not reasons["byline", "Weather"].keep


def test_a_site_is_known_by_lines_that_are_the_same_on_most_pages(cleaner):
    foot = ["Printed on paper from our mill", "All rights reserved by us", "Write to the editors"]
    pages = [
        Document(
            "\n\n".join([f"By Jane Roe, {n + 1} March 2024", page(n)[2], *foot]),
            url=f"https://{SITE}/{n}", format="text",
        )
        for n in range(12)
    ]  # fmt: skip
    match = learned_from(pages, cleaner).template.match
    assert match.fingerprint_min == 3
    assert sorted(match.fingerprint) == sorted(foot)


def test_the_data_of_a_shop_stays(cleaner, tmp_path):
    def product(number):
        rng = random.Random(number)
        cells = {
            "Height": f"{rng.randint(5, 90)} cm",
            "Weight": f"{rng.randint(1, 9)}.{rng.randint(1, 9)} kg",
            "Pieces": str(rng.randint(1, 12)),
        }
        rows = "".join(f"<tr><td>{key}</td><td>{value}</td></tr>" for key, value in cells.items())
        html = (
            f"<title>Kettle {number} | Shop</title><ul class=menu><li><a href=/>Home</a></ul>"
            f"<div class=product><h1>Kettle {number}</h1><p class=price>EUR {number}.{number + 10}"
            f"</p><p>{sentence(rng)} {sentence(rng)}</p><p>{sentence(rng)}</p><table>{rows}</table>"
            "</div><div class=footer><p>Free delivery above EUR 50</p><p>Terms of sale</p></div>"
        )
        return Document(html, id=str(number), url=f"https://{SITE}/{number}")

    learned = learned_from(map(product, range(10, 24)), cleaner)
    document = product(40)
    before = cleaner.clean(document)
    verdicts = kept_by(learned, document, tmp_path)
    for line, verdict in before:
        by_rule = verdicts[line.text].reason.startswith(f"template:{SITE}/")
        assert not (by_rule and verdict.keep), line.text
    assert verdicts["Height"].keep
    assert verdicts["EUR 40.50"].reason == "model:base"
    assert verdicts["Terms of sale"].reason.startswith(f"template:{SITE}/")


def test_numbers_among_letters_that_fold_into_two(cleaner, tmp_path):
    pages = [
        Document(f"Große Auswahl: {n} Artikel\n\n{page(n)[2]}\n\nNoch {n + 3} Straßen in der Nähe",
                 url=f"https://{SITE}/{n}", format="text")
        for n in range(8)
    ]  # fmt: skip
    learned = learned_from(pages, cleaner)
    verdicts = kept_by(learned, pages[5], tmp_path)
    for text in ("Große Auswahl: 5 Artikel", "Noch 8 Straßen in der Nähe"):
        assert verdicts[text].reason.startswith(f"template:{SITE}/"), verdicts[text]


def test_a_name_that_is_no_domain_is_no_site():
    collector = Collector()
    for name in ("a+b", "my site", "::1"):
        assert not collector.add(Document("Some text."), site=name)
    assert collector.finish() == []
