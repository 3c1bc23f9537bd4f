from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.config.secrets import Substitution


def test_variables_and_files_go_into_any_string(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("from-file\n", encoding="utf-8")
    substitution = Substitution({"A": "one"}, tmp_path)
    data = {"x": ["${env:A}-${file:pw}", 3, None], "plain": "no placeholder"}
    assert substitution.apply(data) == {"x": ["one-from-file", 3, None], "plain": "no placeholder"}
    assert substitution.secrets == {"one", "from-file"}
    assert substitution.filled == {("x", 0)}
    assert substitution.problems == []


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1))
def test_any_password_survives_in_a_url(password: str) -> None:
    substitution = Substitution({"PW": password}, Path())
    url = substitution.apply("rtsp://admin:${env:PW}@192.0.2.7:554/a?b=c")
    assert isinstance(url, str)
    parts = urlsplit(url)
    assert (parts.hostname, parts.port, parts.path) == ("192.0.2.7", 554, "/a")
    assert unquote(parts.password or "") == password
    assert not substitution.problems


def test_a_whole_url_in_a_variable_is_taken_as_it_is() -> None:
    assert Substitution({"U": "rtsp://a:b@c/d"}, Path()).apply("${env:U}") == "rtsp://a:b@c/d"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${env:NOT_THERE}", "NOT_THERE"),
        ("${env:EMPTY}", "EMPTY"),
        ("${file:not-there}", "not-there"),
        ("${file:empty}", "empty"),
        ("${file:binary}", "binary"),
        ("${file:.}", "cannot read"),
        ("${HOME}", "${env:NAME}"),
        ("${env:A", "${env:NAME}"),
        ("${vault:x}", "${vault:x}"),
    ],
)
def test_what_cannot_be_filled_is_a_problem(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    substitution = Substitution({"EMPTY": "", "A": "a"}, tmp_path)
    substitution.apply({"host": text})
    (problem,) = substitution.problems
    assert problem.path == ("host",)
    assert said in problem.message


def test_verbs_that_connect_to_nothing_need_no_secrets() -> None:
    substitution = Substitution({}, Path(), required=False)
    substitution.apply({"url": "rtsp://a:${env:X}@h/", "password": "${env:Y}"})
    assert substitution.problems == []


@pytest.mark.parametrize(
    "data",
    [
        {"url": "rtsp://admin:hunter2@192.0.2.7/x"},
        {"url": "rtsp://admin:p@ss:1@192.0.2.7/x"},
        {"url": "rtsp://${env:U}:hunter2@192.0.2.7/x"},
        {"url": "rtsp://admin:hunter${env:U}@192.0.2.7/x"},
        {"url": "rtsp://192.0.2.7/user=admin&password=hunter2&channel=1"},
        {"url": "rtsp://192.0.2.7/x?token=hunter2"},
        {"url": "rtsp://192.0.2.7/user=x_password=hunter2_channel=1_stream=0.sdp"},
        {"url": "rtsp://192.0.2.7/user=x_password=hunter${env:U}_channel=1"},
        {"url": "rtsp://192.0.2.7/x?authbasic=hunter2"},
        {"url": "rtsp://192.0.2.7/x?access_token=hunter2"},
        {"url": "rtsp://192.0.2.7/x?api_key=hunter2"},
        {"url": "rtsp://admin:12345@192.0.2.7/x"},
        {"url": "rtsp://relay/rtsp://admin:hunter2@192.0.2.7/x"},
        {"password": "hunter2"},
        {"password": 12345678},
        {"password": "x${env:U}"},
    ],
)
def test_passwords_in_clear_text_are_refused(data: dict[str, object]) -> None:
    substitution = Substitution({"U": "u"}, Path())
    substitution.apply(data)
    (problem,) = substitution.problems
    assert "${env:NAME}" in problem.message
    assert "hunter2" not in problem.message
    assert "12345" not in problem.message


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://192.0.2.7/x",
        "rtsp://192.0.2.7:554/cam@1",
        "rtsp://admin@192.0.2.7/x",
        "rtsp://admin:${env:U}@192.0.2.7/x",
        "rtsp://${env:U}@192.0.2.7/x",
        "rtsp://192.0.2.7/x?password=${env:U}",
        "rtsp://192.0.2.7/user=${env:U}_password=${env:U}_channel=1_stream=0.sdp?real_stream",
        "rtsp://192.0.2.7/user=admin&password=&channel=1",
        "rtsp://192.0.2.7/x?compass=north",
        "${env:U}",
    ],
)
def test_addresses_without_a_visible_password_pass(url: str) -> None:
    substitution = Substitution({"U": "u"}, Path())
    substitution.apply({"url": url, "password": "${env:U}"})
    assert substitution.problems == []
