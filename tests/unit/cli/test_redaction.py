from __future__ import annotations

import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.cli import logs
from edge_agent.config.redaction import REDACTION, Redaction

SECRET = "sup3r-hidden"


@pytest.fixture
def _clean() -> object:
    yield
    structlog.reset_defaults()
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


@given(st.text(), st.text(), st.text(min_size=4))
def test_a_learnt_secret_never_comes_out(before: str, after: str, secret: str) -> None:
    redaction = Redaction()
    redaction.learn([secret])
    assert secret not in redaction.text(before + secret + after).replace("***", "\0")


def test_short_values_would_tear_up_every_text() -> None:
    redaction = Redaction()
    redaction.learn(["a", "on"])
    assert redaction.text("a camera is on") == "a camera is on"


def test_the_longer_secret_is_hidden_as_a_whole() -> None:
    redaction = Redaction()
    redaction.learn(["secret", "secret-and-more"])
    assert redaction.text("x secret-and-more y") == "x *** y"


def test_values_of_any_kind() -> None:
    redaction = Redaction()
    redaction.learn([SECRET])
    cleaned = redaction.value({"list": [SECRET, 1, None, True], "error": ValueError(f"no {SECRET}"), "f": 1.5})
    assert cleaned == {"list": ["***", 1, None, True], "error": "no ***", "f": 1.5}


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.usefixtures("_clean")
def test_no_log_line_shows_a_credential(form: logs.Format, capsys: pytest.CaptureFixture[str]) -> None:
    REDACTION.learn([SECRET])
    logs.set_up(form)
    url = "rtsp://admin:pass@word@192.0.2.7/live"
    log = structlog.get_logger()
    log.warning("camera lost", url=url, detail={"password": SECRET}, many=[url])
    try:
        int(f"{url} {SECRET}")  # its error quotes the text
    except ValueError:
        log.exception("it broke")
    logging.getLogger("some.library").warning("connecting to %s", url)
    logging.getLogger("some.library").info("not of interest")
    _, err = capsys.readouterr()
    assert "camera lost" in err
    assert "192.0.2.7" in err
    assert "some.library" in err or "connecting to" in err
    for hidden in ("pass@word", "word@", SECRET, "not of interest"):
        assert hidden not in err


@pytest.mark.usefixtures("_clean")
def test_json_lines_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("auto")  # no terminal here
    structlog.get_logger().info("agent runs", cameras=["备餐间"])
    logging.getLogger("library").error("去哪里")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert lines[0]["event"] == "agent runs"
    assert lines[0]["cameras"] == ["备餐间"]
    assert lines[0]["level"] == "info"
    assert lines[0]["timestamp"].endswith("Z")
    assert lines[1]["event"] == "去哪里"


@pytest.mark.usefixtures("_clean")
def test_debug_lines_only_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("json")
    structlog.get_logger().debug("fine detail")
    assert capsys.readouterr().err == ""
    logs.set_up("json", logging.DEBUG)
    structlog.get_logger().debug("fine detail")
    assert "fine detail" in capsys.readouterr().err
