"""Whatever somebody hands in as a file is read within bounds or refused in one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_agent.config import document
from edge_agent.config.files import lines_bounded, read_bounded, reason
from edge_agent.config.loading import load_site
from edge_agent.config.problem import ConfigFileError
from edge_agent.values.errors import ConfigError
from tests.unit.config.conftest import ENVIRON, GOOD, Refused


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


@pytest.mark.timeout(20)
def test_pipes_devices_and_folders_are_refused_before_they_are_opened(tmp_path: Path, fifo: Path) -> None:
    for path in (fifo, Path("/dev/zero"), tmp_path, tmp_path / "absent", tmp_path / "a\0b", tmp_path / ("n" * 300)):
        for read in (read_bounded, lambda path: list(lines_bounded(path))):
            with pytest.raises(OSError, match=r".+") as caught:
                read(path)
            assert any("一" <= c <= "鿿" for c in reason(caught.value)), reason(caught.value)


def test_sizes_are_bounded_also_where_the_system_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345\n" * 2)
    assert read_bounded(file, 12) == b"12345\n12345\n"
    assert list(lines_bounded(file, 6)) == [b"12345\n", b"12345\n"]
    with pytest.raises(OSError, match="larger"):
        read_bounded(file, 11)
    with pytest.raises(OSError, match="longer"):
        list(lines_bounded(file, 5))
    with pytest.raises(OSError, match="larger"):
        read_bounded(Path("/proc/self/environ").resolve(), 1)  # 0 bytes long, it says


@pytest.mark.timeout(20)
def test_a_secret_that_is_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path, fifo: Path) -> None:
    for path in (fifo, Path("/dev/zero")):
        site = tmp_path / "site.yaml"
        site.write_text(GOOD.replace("${file:secret.txt}", f"${{file:{path}}}"), "utf-8")
        with pytest.raises(ConfigFileError, match="not a regular file"):
            load_site(site, ENVIRON)


HOSTILE = {
    "deep lists": (GOOD + "x: " + "[" * 5000 + "]" * 5000, "嵌套过深"),
    "deep mappings": (GOOD + "x: " + "{a: " * 3000 + "1" + "}" * 3000, "嵌套过深"),
    "deep blocks": (GOOD + "x:\n" + "".join(f"{' ' * (i + 1)}a:\n" for i in range(300)), "嵌套过深"),
    "a long list": (GOOD + "x: [" + "1," * 60_000 + "1]", "内容过多"),
    "a polygon of 9,000 corners": (GOOD + "x: [" + "[0.1,0.5]," * 9000 + "[0,0]]", "内容过多"),
    "aliases of aliases": (
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(9)),
        "内容过多",
    ),
    "a huge number": (GOOD.replace("version: 1", "version: " + "9" * 5000), "数字过长"),
    "a number that is none": (GOOD.replace("version: 1", "version: !!int abc"), "不是数字"),
    "a float that is none": (GOOD.replace("version: 1", "version: !!float abc"), "不是数字"),
    "a long text": (GOOD + "x: " + "a" * 5000, "文字过长"),
    "a text that turns a terminal": (GOOD + 'x: "\\e[2J"', "U+001B"),
    "a text that reads backwards": (GOOD + 'x: "\\u202e"', "U+202E"),
    "half a character": (GOOD + 'x: "\\ud800"', "U+D800"),
    "a name of the same": (GOOD + '"\\0": 1', "U+0000"),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("text", "part"), HOSTILE.values(), ids=HOSTILE)
def test_a_text_beyond_all_bounds_is_one_line(text: str, part: str, refused: Refused) -> None:
    (line,) = refused(text)
    assert part in str(line)
    assert len(str(line).splitlines()) == 1


def test_a_file_of_ten_megabytes_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.config.loading.parse", lambda _: pytest.fail("it was parsed"))
    site = tmp_path / "site.yaml"
    site.write_bytes(b"# comment\n" * 1_000_000)
    with pytest.raises(ConfigError, match=r"文件过大 larger than 1 MB"):
        load_site(site, ENVIRON)


def test_a_folded_text_is_what_was_written() -> None:
    assert document.parse("note: >-\n  one\n  two\n").data == {"note": "one two"}


def test_a_line_that_quotes_is_one_line(refused: Refused) -> None:
    (line,) = refused(GOOD.replace("no_hat: {}", '"no_hat\\n": 1'))
    assert len(str(line).splitlines()) == 1
    assert r"no_hat\n" in str(line)


def test_a_name_is_one_line(refused: Refused) -> None:
    (line,) = refused(GOOD.replace("{zh: 备餐间}", '{zh: "备餐间\\n"}'))
    assert "one line" in str(line)
