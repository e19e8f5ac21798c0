"""The searcher that tests/doors/test_privacy_canary.py trusts finds what is there, and nothing else."""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode
from urllib.parse import quote

import pytest

from tests.doors.privacy_search import find, forms_of

ADDRESS = "zyx.kanari-7f3e+q@vogel-91c4.example.org"
IPV4 = "198.51.100.237"
IPV6 = "2001:db8:7f3e:91c4:a5b6:c7d8:e9f0:1a2b"


@pytest.mark.parametrize("secret", [ADDRESS, IPV4, IPV6])
def test_every_form_is_found_when_it_is_planted(secret: str) -> None:
    forms = forms_of(secret)
    assert len(forms) > 40
    for name, form in forms:
        surface = os.urandom(500) + form + os.urandom(500)
        assert find([secret], {"here": surface}), name


def test_a_planted_secret_is_named_with_its_place() -> None:
    hits = find([IPV4, ADDRESS], {"clean": b"nothing", "dirty": f"x={ADDRESS};".encode()})
    assert "secret 1 as plain in dirty" in hits
    assert not [hit for hit in hits if "secret 0" in hit or "clean" in hit]


@pytest.mark.parametrize(
    "surface",
    [
        ADDRESS.title().encode(),
        quote(quote(ADDRESS, safe=""), safe="").encode(),
        hashlib.md5(ADDRESS.encode()).hexdigest().encode(),
        b64encode(b"From: " + ADDRESS.encode() + b" and more"),
        b64encode(b"From:  " + ADDRESS.encode()),
        b64encode(b"From:   " + ADDRESS.encode()),
        ADDRESS.encode().hex().encode(),
        ADDRESS[::-1].encode(),
    ],
)
def test_a_leak_that_was_made_without_the_searcher_is_found(surface: bytes) -> None:
    assert find([ADDRESS], {"here": b"before " + surface + b" after"})


def test_what_is_not_there_is_not_found() -> None:
    other = f"{ADDRESS.replace('kanari', 'sittich')} 198.51.100.236 198.51.100.0/24 2001:db8:7f3e::/48".encode()
    assert find([ADDRESS, IPV4, IPV6], {"other": other, "random": os.urandom(100_000)}) == []
