"""Where webhooks may go to: the public internet, encrypted, and what the operator has named."""

from __future__ import annotations

import pytest

from moderation.delivery import allows, check_url, networks_of
from moderation.errors import Invalid

INSIDE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.0.9",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "not an address",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::1"]


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_is_connected_to(address: str) -> None:
    assert not allows(address, (), encrypted=True)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_connected_to_if_the_line_is_encrypted(address: str) -> None:
    assert allows(address, (), encrypted=True)
    assert not allows(address, (), encrypted=False)


def test_what_the_operator_names_may_be_inside_and_plain() -> None:
    exempt = networks_of(["10.1.0.0/16", "fd00::/8"])

    assert allows("10.1.2.3", exempt, encrypted=False)
    assert allows("fd00::1", exempt, encrypted=True)
    assert not allows("10.2.0.1", exempt, encrypted=True)
    assert not allows("::ffff:10.1.2.3", exempt, encrypted=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://planet.example.com/hook",
        "ftp://planet.example.com/hook",
        "https:///hook",
        "https://ana:secret@planet.example.com/hook",
        "https://planet.example.com/hook#part",
        "https://planet.example.com:99999/",
        "https://127.0.0.1/hook",
        "https://[::ffff:127.0.0.1]/hook",
        "https://[::1",
        "https://planet.example.com/a b",
        "https://plänet.example.com/",
        "https://planet.example.com/\n",
        "https://planet.example.com/" + "x" * 2000,
        "",
    ],
)
def test_an_address_that_leads_nowhere_good_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_url(url, ())

    [error] = caught.value.errors
    assert error.field == "url"
    assert "secret" not in error.message


@pytest.mark.parametrize("url", ["https://planet.example.com/hook?x=1", "https://8.8.8.8:8443/hook"])
def test_a_public_address_is_taken(url: str) -> None:
    check_url(url, ())
