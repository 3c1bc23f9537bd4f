from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.config.hosts import host_problem, is_loopback, url_host_problem

GOOD = [
    "mqtt.example.gov.cn",
    "mqtt.example.gov.cn.",
    "broker",
    "edge_broker",
    "10.0.0.8",
    "::1",
    "fe80::1%eth0",
    "平台.政务.cn",
    "xn--fiqs8s.cn",
    "3com.com",
]
BAD = [
    "..",
    ".",
    "",
    "a..b",
    ".example.com",
    "mqtt://10.0.0.8",
    "rtsp://cam",
    "10.0.0.8:1883",
    "broker:",
    "[::1]",
    "a b",
    " broker",
    "broker\n",
    "user@broker",
    "broker/path",
    "300.1.2.3",
    "10.0.0",
    "-broker",
    "broker-.example",
    "x" * 64,
    ".".join(["x" * 60] * 5),
    "bro\0ker",
    "a,b",
]


@pytest.mark.parametrize("host", GOOD)
def test_what_can_be_a_host(host: str) -> None:
    assert host_problem(host) is None


@pytest.mark.parametrize("host", BAD)
def test_what_cannot(host: str) -> None:
    problem = host_problem(host)
    assert problem
    assert "\n" not in problem


@given(st.text(max_size=300))
def test_what_passes_can_be_asked_of_a_resolver(host: str) -> None:
    if host_problem(host) is None and "%" not in host:
        host.encode("idna")  # as the socket module does; else the uplink would die of a UnicodeError


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://10.0.0.8/live",
        "rtsp://10.0.0.8:554/cam@1",
        "rtsp://admin:p%40ss@camera:8554/x?y=z",
        "rtsp://admin:p@ss@camera/x",  # as FFmpeg reads it: up to the last @
        "rtsps://[fe80::1]:322/x",
        "rtsp://[::1]/x",
        "rtsp://摄像头.local/x",
        "rtsp://camera",
        "rtsp://camera?x=1",
    ],
)
def test_good_addresses(url: str) -> None:
    assert url_host_problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://../live",
        "rtsp:///live",
        "rtsp://admin:secret99@/live",
        "rtsp://camera:0/x",
        "rtsp://camera:99999/x",
        "rtsp://camera:secret99/x",
        "rtsp://camera:/x",
        "rtsp://[10.0.0.8]/x",
        "rtsp://::1/x",
        "rtsp://300.0.0.1/x",
        "rtsp://admin:sec/ret99@camera/x",  # a raw / ends the host for FFmpeg
    ],
)
def test_bad_addresses_are_told_without_quoting_them(url: str) -> None:
    problem = url_host_problem(url)
    assert problem
    assert "secret99" not in problem


@pytest.mark.parametrize(
    ("host", "itself"),
    [("127.0.0.1", True), ("::1", True), ("LocalHost", True), ("10.0.0.8", False), ("broker", False)],
)
def test_loopback(host: str, itself: bool) -> None:
    assert is_loopback(host) is itself
