import datetime
import json

import pytest
from click.testing import CliRunner

from cleaner.cli import main
from cleaner.io import parquet, place
from cleaner.io.entry import NO_LIMITS
from cleaner.io.jsonl import DEFAULT_FIELDS
from cleaner.types import CleanerError

arrow = pytest.importorskip("pyarrow", reason="needs the extra `parquet`")
pq = pytest.importorskip("pyarrow.parquet", reason="needs the extra `parquet`")

SCHEMA = arrow.schema(
    [
        arrow.field("url", arrow.string(), nullable=False),
        arrow.field("at", arrow.timestamp("us", tz="UTC"), metadata={"unit": "us"}),
        arrow.field("html", arrow.binary()),
        arrow.field("text", arrow.large_string()),
        arrow.field(
            "tags",
            arrow.list_(arrow.struct([("k", arrow.dictionary(arrow.int8(), arrow.string()))])),
        ),
        arrow.field("price", arrow.decimal128(9, 2)),
    ],
    metadata={"made": "by hand"},
)


def write(path, rows, *, group=7):
    made = [
        {
            "url": f"https://a.test/{n}",
            "at": datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
            "html": b"<p>Body %d" % n,
            "text": None,
            "tags": [{"k": "x"}],
            "price": None,
        }
        for n in range(rows)
    ]
    pq.write_table(arrow.Table.from_pylist(made, SCHEMA), path, row_group_size=group)


def groups(path, **options):
    return list(parquet.Rows(place.find(str(path)), **options).groups(NO_LIMITS))


def test_rows_are_pages_in_their_order(tmp_path):
    path = tmp_path / "a.parquet"
    write(path, 20)
    read = [entry for group in groups(path) for entry in group.entries]
    assert [entry.position for entry in read] == list(range(1, 21))
    document = read[19].load()
    assert (document.content, document.format, document.url) == (
        "<p>Body 19",
        "html",
        "https://a.test/19",
    )
    assert set(document.fields) == {"url", "at", "tags", "price"}


def test_columns_are_carried_through_as_they_are(tmp_path):
    path = tmp_path / "a.parquet"
    write(path, 20)
    (first, *_) = read = groups(path, carried=True)
    assert sum(group.rows.num_rows for group in read) == 20
    assert set(first.entries[0].record) == {"url", "html", "text"}
    records = [{"text": "a", "title": None}, None, *[{"text": "b", "title": "T"}] * 5]
    table = parquet.table(records, first.rows, DEFAULT_FIELDS, verdicts=False)
    assert table.schema.names == ["url", "at", "text", "tags", "price", "title"]
    written = pq.read_schema(path)  # Parquet calls the items of a list otherwise
    for name in ("url", "at", "text", "tags", "price"):
        assert table.schema.field(name).equals(written.field(name), check_metadata=True)
    assert table.schema.metadata == {b"made": b"by hand"}
    assert table["url"].to_pylist() == [f"https://a.test/{n}" for n in (0, 2, 3, 4, 5, 6)]
    assert table["text"].to_pylist() == ["a"] + ["b"] * 5


def test_an_empty_file_keeps_its_columns(tmp_path):
    path = tmp_path / "a.parquet"
    write(path, 0)
    (group,) = groups(path, carried=True)
    table = parquet.table([], group.rows, DEFAULT_FIELDS, verdicts=False)
    assert table.schema.names == ["url", "at", "text", "tags", "price", "title"]


@pytest.mark.parametrize("cut", [10, -10])
def test_a_cut_file_is_told(tmp_path, cut):
    path = tmp_path / "a.parquet"
    write(path, 20)
    path.write_bytes(path.read_bytes()[:cut])
    *_, last = groups(path)
    assert last.entries[-1].is_end


def test_large_pages_are_read_a_few_at_a_time(tmp_path):
    path = tmp_path / "a.parquet"
    texts = ["x" * 1_000_000] * 20
    pq.write_table(arrow.table({"text": texts}), path)
    sizes = [sum(entry.size for entry in group.entries) for group in groups(path)]
    assert sum(sizes) == 20_000_000
    assert max(sizes) <= 4 << 20


@pytest.mark.parametrize("carried", [True, False])
@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (["text", "n", "n"], "columns that are there twice: 'n'"),
        (["text", "text"], "columns that are there twice: 'text'"),
        (["body", "n"], "neither 'html' nor 'text' is there; the columns are: 'body', 'n'"),
    ],
)
def test_columns_that_hold_no_pages_are_told_once(tmp_path, names, fault, carried):
    path = tmp_path / "a.parquet"
    columns = [arrow.array(["x", "y"]) for _ in names]
    pq.write_table(arrow.Table.from_arrays(columns, names=names), path)
    found = groups(path, carried=carried)
    (entry,) = [entry for group in found for entry in group.entries]
    assert (entry.where, entry.is_end) == (str(path), True)
    with pytest.raises(CleanerError) as raised:
        entry.load()
    assert str(raised.value) == fault


def test_what_utf8_cannot_hold_ends_no_run(tmp_path):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.parquet"
    source.write_text(
        json.dumps({"id": "\ud800", "text": "The ferry \ud800 stopped.", "n": "\ud801"})
    )
    result = CliRunner().invoke(main, [str(source), str(out), "--verdicts"])
    assert result.exit_code == 0, result.output
    [row] = pq.read_table(out).to_pylist()
    assert (row["id"], row["text"]) == ("?", "The ferry ? stopped.")
    assert json.loads(row["fields"]) == {"n": "\ud801"}
    assert json.loads(row["cleaner"])["lines"][0]["text"] == "The ferry \ud800 stopped."
