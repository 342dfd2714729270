"""FiveFilters' site configurations become templates that do what they say."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cleaner import CleanerError, Document
from cleaner.cli import main
from cleaner.rules import TemplateSet, load_template, load_templates
from cleaner.rules.site_config import read_site_config, site_config_files
from cleaner.rules.template import Recognition, Rule, Template
from cleaner.rules.write import to_toml
from cleaner.split import split

CONFIGS = Path(__file__).with_name("site_configs")
PAGE = """
<title>A bridge</title>
<div class="top"><p>Home and sports</p></div>
<div id="story">
  <h1 class="headline">Council approves the new bridge</h1>
  <span class="writer">By A. Writer</span>
  <p>The council voted for a second bridge on Tuesday.</p>
  <div class="teaser"><p>A ferry that nobody takes</p></div>
  <div class="bar share-bar"><p>Tell a friend</p></div>
  <div class="it-s"><p>Work begins in May.</p></div>
</div>
<p>All rights reserved</p>
"""


def clean(*arguments):
    return CliRunner().invoke(main, [*map(str, arguments)])


def test_every_directive_is_translated_or_named():
    imported = read_site_config(CONFIGS / "gazette.example.txt")
    rules = {rule.name: rule for rule in imported.template.rules}
    assert imported.template.match.domains == ("gazette.example",)
    assert rules["outside-body"].outside
    assert len(rules["outside-body"].xpath) == 2
    assert rules["byline"].xpath == ("//span[@class='writer']",)
    assert len(rules["strip"].xpath) == 3
    assert [line.split(":")[0] for line in imported.comments] == ["test_url", "test_contains"]
    named = {(line.where.rsplit(":", 1)[1], line.directive) for line in imported.untranslated}
    assert named == {
        ("4", "date"),
        ("9", "strip"),
        ("10", "strip"),
        ("15", "find_string"),
        ("16", "replace_string"),
        ("17", "next_page_link"),
        ("18", "?"),
    }


def test_a_page_loses_what_the_configuration_strips(tmp_path):
    result = clean("sites", "import", CONFIGS, "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert "2 files, 1 templates written" in result.stderr
    assert "strip 2" in result.stderr
    templates = TemplateSet(load_templates(tmp_path))
    page = split(Document(PAGE, format="html"))
    rulings = templates.rulings(page, url="https://www.gazette.example/2024/bridge")
    assert [ruling.reason.split("/")[1] if ruling else "" for ruling in rulings] == [
        "outside-body",
        "",
        "byline",
        "",
        "strip",
        "strip",
        "",
        "outside-body",
    ]
    assert templates.rulings(page, url="https://other.example/") == [None] * len(page)


def test_a_page_without_the_body_is_left_to_the_model(tmp_path):
    clean("sites", "import", CONFIGS, "--out", tmp_path)
    page = split(Document("<p>Home</p><p>A page of another make.</p>", format="html"))
    rulings = TemplateSet(load_templates(tmp_path)).rulings(page, site="gazette.example")
    assert rulings == [None, None]


def test_what_is_left_out_is_named_when_asked(tmp_path):
    result = clean("sites", "import", CONFIGS, "--out", tmp_path, "--verbose")
    assert "gazette.example.txt:9: strip: Invalid expression" in result.stderr
    assert "gazette.example.txt:10: strip: gives text or attributes" in result.stderr


def test_a_folder_without_configurations_is_refused(tmp_path):
    (tmp_path / "README.txt").write_text("none")
    result = clean("sites", "import", tmp_path, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "no site configurations" in result.stderr
    assert not (tmp_path / "out").exists()


def test_of_two_files_of_one_site_the_second_is_told_to_replace_the_first(tmp_path):
    folder = tmp_path / "ftr"
    folder.mkdir()
    for name, body in (("a.example.txt", "//article"), ("www.a.example.txt", "//main")):
        (folder / name).write_text(f"body: {body}\n")
    result = clean("sites", "import", folder, "--out", tmp_path / "out")
    assert "www.a.example.txt: of the same site as" in result.stderr
    assert "2 files, 1 templates" in result.stderr
    [template] = load_templates(tmp_path / "out")
    assert template.rules[0].xpath == ("//main",)


def test_a_file_too_large_for_a_configuration_is_named_and_the_others_are_read(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "big.example.txt").write_text("# " + "x" * (1 << 20))
    (folder / "small.example.txt").write_text("strip: //aside\n")
    result = clean("sites", "import", folder, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "big.example.txt: larger than" in result.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["ftr.small.example.toml"]


def test_hidden_names_mean_subdomains_and_other_files_are_passed_over():
    names = [path.name for path in site_config_files(CONFIGS)]
    assert names == [".fanzine.example.txt", "gazette.example.txt"]


texts = st.text(min_size=1).filter(str.strip)


@given(texts, st.lists(texts, min_size=1, max_size=4), st.lists(texts, max_size=2))
def test_a_template_written_is_the_template_read(tmp_path_factory, about, lines, comments):
    template = Template(
        name="x.example",
        about=about.encode("utf-8", "replace").decode(),
        priority=2,
        match=Recognition(domains=("x.example",), fingerprint_min=1),
        rules=(
            Rule("one", exact=tuple(line.encode("utf-8", "replace").decode() for line in lines)),
            Rule("two", action="keep", kind="body", classes=("a", "b"), outside=True, max_words=9),
        ),
    )
    path = tmp_path_factory.mktemp("written") / "x.toml"
    path.write_text(to_toml(template, comments=comments, rule_comments=[comments]), "utf-8")
    assert load_template(path) == template


@pytest.mark.parametrize("outside", ["true", '"yes"'])
def test_outside_needs_elements(tmp_path, outside):
    path = tmp_path / "x.toml"
    rule = f"[[rules]]\nname = 'r'\nexact = 'line'\noutside = {outside}\n"
    path.write_text(f"name = 'x'\nabout = 'x'\nmatch.domains = ['x.example']\n{rule}")
    with pytest.raises(CleanerError, match="outside: expected"):
        load_template(path)
