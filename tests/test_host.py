"""Hosts of addresses that strangers write."""

import pytest

from cleaner.host import host
from tests.growth import assert_linear


@pytest.mark.parametrize("letters", ["ü", "ü.", "☃", "ß", "\u3002ü", "a\u0301"])
def test_a_name_that_is_far_too_long_costs_nothing(letters):
    assert assert_linear(host, lambda n: f"http://{letters * 300 * n}/") == ""


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("view-source:https://example.org/a", "example.org"),
        ("http://☃.net", "xn--n3h.net"),
        ("http://ex_ä.de/", "xn--ex_-sla.de"),
        ("https://straße.de", "xn--strae-oqa.de"),
        ("a..ä.de", ""),
        ("example.com:abc/x", "example.com"),
        ("example.org/r?u=http://other.example", "example.org"),
        ("\ud800.de", ""),
    ],
)
def test_one_name_for_one_host(address, name):
    assert host(address) == name
