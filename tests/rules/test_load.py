"""Template files: what is read, and what is said of files that are wrong."""

import json
from pathlib import Path

import pytest

from cleaner.rules import TemplateSet, load_template, load_templates
from cleaner.split import split
from cleaner.types import CleanerError, Document

HEAD = 'name = "t"\nabout = "A test"\n'
MATCH = '[match]\ndomains = ["example.org"]\n'
RULE = '[[rules]]\nname = "r"\nexact = "Share"\n'


def write(folder: Path, text: str, name: str = "t.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults(tmp_path: Path) -> None:
    template = load_template(write(tmp_path, HEAD + MATCH + RULE))
    rule = template.rules[0]
    assert (template.name, template.priority, template.examples) == ("t", 0, ())
    assert (rule.exact, rule.action, rule.kind, rule.scope) == (("Share",), "drop", None, "line")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "not TOML"),
        (MATCH + RULE, "name: expected a string, which is missing"),
        (HEAD.replace('"t"', '"a b"') + MATCH + RULE, "name: expected lower-case letters"),
        (HEAD + RULE, "match: expected a table, which is missing"),
        (HEAD + MATCH, r"rules: expected \[\[rules\]\] tables, which is missing"),
        (HEAD + "[match]\n" + RULE, "either always = true or some of domains"),
        (HEAD + MATCH + "always = true\n" + RULE, "either always = true or some of domains"),
        (HEAD + "colour = 1\n" + MATCH + RULE, "colour: expected none of this name, but some of"),
        (HEAD + MATCH + RULE + "exacts = 1\n", r"\[\[rules\]\] 1 \(r\): exacts: expected none"),
        (HEAD + MATCH + RULE + 'plain = true\nclass = "c"\n', "plain: expected no class, css"),
        (HEAD + MATCH + RULE + 'until = "Reply"\n', 'until: expected scope = "to_end" beside it'),
        (HEAD + MATCH + RULE + 'action = "hide"\n', "action: expected one of drop, keep"),
        (HEAD + MATCH + RULE + 'kind = "ads"\n', "kind: expected one of body, heading"),
        (HEAD + MATCH + RULE + 'scope = "page"\n', "scope: expected one of line, to_end, list"),
        (
            HEAD + MATCH + RULE + "max_words = true\n",
            "max_words: expected a whole number, not True",
        ),
        (HEAD + MATCH + RULE + "regex = 5\n", "regex: expected a string or a list of strings"),
        (HEAD + MATCH + RULE + "regex = '('\n", "regex: expected a regular expression, not '\\('"),
        (HEAD + MATCH + RULE + "prefix = 'By '\n", "prefix: expected 8 characters or more"),
        (HEAD + MATCH + RULE + "css = 'p['\n", "css: expected a CSS selector, not 'p\\['"),
        (HEAD + MATCH + RULE + "path = 'a/b/c/d'\n", "path: expected one to 3 steps"),
        (HEAD + MATCH + RULE + "path = '/p'\n", "path: expected one to 3 steps"),
        (HEAD + MATCH + RULE + "xpath = '//['\n", "xpath: expected an XPath of elements, not"),
        (HEAD + MATCH + RULE + "xpath = 'count(//p)'\n", "gives text, attributes or a number"),
        (HEAD + MATCH + RULE + "xpath = '//a[@id=$x]'\n", "no variables are known"),
        *(
            (HEAD + MATCH + RULE + f"xpath = '{path}'\n", "not elements")
            for path in (
                "//p/text()",
                "//a/@href",
                "(//p | //a/@*)[1]",
                "//p/text()[1]",
                "count(//p)",
            )
        ),
        (HEAD + MATCH + RULE + "xpath = '//a[matches(@id, \"x\")]'\n", "no function 'matches'"),
        (HEAD + MATCH + RULE + "xpath = '//svg:a'\n", "no prefix 'svg' is known"),
        (HEAD + MATCH + RULE + 'xpath = "//a\\u0000"\n', "xpath: expected an XPath of elements"),
        (HEAD + MATCH + RULE + "css = 'svg|a'\n", "css: expected a CSS selector"),
        (HEAD + MATCH + RULE + "xpath = '//p[contains(\"x\")]'\n", "Invalid number of arguments"),
        (HEAD + MATCH + RULE + "xpath = '//p[a[last(1)]]'\n", "Invalid number of arguments"),
        (HEAD + MATCH + RULE + "xpath = '//p[count(\"x\") > 0]'\n", "Invalid type"),
        (HEAD + MATCH + RULE + "min_words = 5\nmax_words = 4\n", "max_words: expected at least"),
        (HEAD + MATCH + RULE + "path = 'p'\noutside = true\n", "outside: expected class, css"),
        (HEAD + MATCH + RULE + "min_words = -1\n", "max_words: expected at least min_words"),
        (HEAD + MATCH.replace("example", "https://example") + RULE, "domains: expected domains"),
        (HEAD + MATCH.replace("example.org", "example.org/news") + RULE, "domains: expected"),
        (HEAD + MATCH.replace("example.org", "*.example.org") + RULE, "domains: expected"),
        (HEAD + MATCH + RULE + f"except = {'[' * 5000}\n", "not TOML"),
        (HEAD + MATCH + RULE + "class = 'a b'\n", "class: expected single words"),
        (HEAD + MATCH + '[[rules]]\nname = "r"\n', "matcher: expected one of exact, prefix"),
        (HEAD + MATCH + RULE + "[[examples]]\nlines = ['Share']\n", 'lines: expected "- "'),
        (HEAD + MATCH + RULE + "[[examples]]\nlines = []\n", "lines: expected the lines"),
        (
            HEAD + "[match]\nalways = true\n" + RULE + "regex = '\\d+'\n",
            "regex: expected 3 letters in a row",
        ),
        (
            HEAD + '[match]\nfingerprint = ["a line"]\nfingerprint_min = 2\n' + RULE,
            "fingerprint_min: expected at least 1 and at most",
        ),
    ],
)
def test_a_wrong_file_is_named_with_what_was_expected(
    tmp_path: Path, text: str, message: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(CleanerError, match=message) as caught:
        load_template(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "path",
    [
        "//div[contains(concat(' ', normalize-space(@class), ' '), ' a:b(c)$[d] ')]/p[2]",
        "//*[@xml:lang='de']",
        "//p[not(ancestor-or-self::aside)][position() < last()]",
        "//*[self::h2 or self::h3][following-sibling::p[1][@id]] | //comment()",
        "//*[name()='svg:x' and string-length(.) mod 2 = 1]",
        "//section[.//a[starts-with(@href, 'https://')]]/node()",
        "(//article)[1]",
        "id('main')",
    ],
)
def test_paths_that_are_good(tmp_path: Path, path: str) -> None:
    written = f"xpath = {json.dumps(path)}\n"
    assert load_template(write(tmp_path, HEAD + MATCH + RULE + written)).rules[0].xpath == (path,)


def test_a_byte_order_mark_is_no_part_of_a_template(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff" + HEAD + MATCH + RULE)
    assert load_template(path).name == "t"


def test_a_domain_is_known_in_letters_beyond_ascii_and_as_the_web_writes_it(tmp_path: Path) -> None:
    rules = TemplateSet(
        [load_template(write(tmp_path, HEAD + MATCH.replace("example", "Bücher") + RULE))]
    )
    page = split(Document("Share\n\nSome text."))
    for url in ("https://bücher.org/a", "https://www.xn--bcher-kva.org/", "https://BÜCHER.org./"):
        assert rules.rulings(page, url=url)[0] is not None
    assert rules.rulings(page, url="https://bucher.org/")[0] is None


def test_a_folder_is_read_in_order(tmp_path: Path) -> None:
    write(tmp_path, HEAD.replace('"t"', '"z"') + MATCH + RULE, "b.toml")
    write(tmp_path, HEAD.replace('"t"', '"y"') + MATCH + RULE, "a.toml")
    write(tmp_path, "no template", "notes.txt")
    assert [template.name for template in load_templates(tmp_path)] == ["y", "z"]


def test_two_templates_of_one_name_in_a_folder(tmp_path: Path) -> None:
    write(tmp_path, HEAD + MATCH + RULE, "a.toml")
    write(tmp_path, HEAD + MATCH + RULE, "b.toml")
    with pytest.raises(CleanerError, match=r"b\.toml: the name 't' is taken by a\.toml"):
        load_templates(tmp_path)


def test_a_missing_file_or_folder(tmp_path: Path) -> None:
    with pytest.raises(CleanerError, match="no such folder"):
        load_templates(tmp_path / "none")
    with pytest.raises(CleanerError, match=r"none\.toml: cannot be read: No such file"):
        load_template(tmp_path / "none.toml")
