"""Which addresses may be called."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_universal_ai.outward.addresses import why_denied

PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_called(address: str) -> None:
    assert why_denied(ip_address(address)) == ""


@given(st.ip_addresses(v=4))
def test_the_table_denies_whatever_the_standard_library_does(address: object) -> None:
    number = ip_address(str(address))
    # It counts two anycast prefixes as public, and calls only these relays special.
    if not number.is_global and str(number) not in ("192.0.0.9", "192.0.0.10"):
        assert why_denied(number)


@given(st.ip_addresses(v=4))
def test_no_embedding_of_an_ipv4_address_may_be_called(address: object) -> None:
    number = int(ip_address(str(address)))
    for prefix, shift in [
        ("::", 0),  # compatible
        ("::ffff:0:0", 0),  # mapped
        ("::ffff:0:0:0", 0),  # translated
        ("64:ff9b::", 0),  # NAT64
        ("64:ff9b:1::", 0),  # NAT64, local use
        ("2002::", 80),  # 6to4
        ("2001::", 0),  # Teredo
        ("fe80::5efe:0:0", 0),  # ISATAP
        ("2606:4700::5efe:0:0", 0),
        ("2606:4700::200:5efe:0:0", 0),
    ]:
        embedded = IPv6Address(int(ip_address(prefix)) | number << shift)
        assert why_denied(embedded), embedded


def test_trusted_and_denied_networks() -> None:
    inside = ip_address("10.1.2.3")
    assert why_denied(inside, trusted=[ip_network("10.1.0.0/16")]) == ""
    assert why_denied(inside, trusted=[ip_network("10.2.0.0/16"), ip_network("fd00::/8")])
    public = ip_address("8.8.8.8")
    assert why_denied(public, denied=[ip_network("8.8.8.0/24")])
    assert why_denied(ip_address("2606:4700::1"), denied=[ip_network("2606:4700::/32")])


def test_a_zone_is_denied_even_where_the_network_is_trusted() -> None:
    assert why_denied(ip_address("fe80::1%lo"), trusted=[ip_network("fe80::/10")])
