import pytest

GOOD = """
name = "good.test"
about = "A \\u001b[31msite"
match.domains = ["good.test"]

[[rules]]
name = "r"
regex = '^Debris'

[[examples]]
url = "https://good.test/"
lines = ["+ Body one", "- Debris two"]
"""


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "good.test.toml").write_text(GOOD)
    return folder


def test_templates_are_listed(clean, own):
    result = clean("sites", "--sites", own, with_sites=False)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "good.test\tgood.test\t1 rule\tA \\x1b[31msite"
    shipped = clean("sites", with_sites=False).stdout.splitlines()
    assert shipped == result.stdout.splitlines()[:-1]
    assert all(len(line.split("\t")) == 4 for line in shipped)


def test_examples_of_all_templates_hold(clean, own):
    result = clean("sites", "--check", "--sites", own, with_sites=False)
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert result.stderr.endswith(" 0 problems\n")


def test_an_example_that_does_not_hold_is_told(clean, own):
    (own / "bad.toml").write_text(GOOD.replace("good.test", "bad.test").replace("+ Body", "- Body"))
    result = clean("sites", "--check", "--sites", own, with_sites=False)
    assert result.exit_code == 1
    assert result.stdout == "bad.test: example 1: 'Body one' is not dropped\n"


def test_a_file_that_is_no_template_is_told(clean, own):
    (own / "bad.toml").write_text("name = 3")
    result = clean("sites", "--sites", own, with_sites=False)
    assert result.exit_code == 2
    assert "bad.toml: name: expected a string" in result.stderr
