from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from edge_agent.config.document import DocumentError, Mark, parse


def test_scalars_are_those_of_yaml_1_2() -> None:
    text = (
        "{i: 7, h: 0x1f, o: 017, f: 1.5e3, inf: .inf, t: true, n: ~, yes: yes, clock: 07:30, day: 2026-08-31, q: '7'}"
    )
    data = parse(text).data
    assert data == {
        "i": 7,
        "h": 31,
        "o": 17,
        "f": 1500.0,
        "inf": float("inf"),
        "t": True,
        "n": None,
        "yes": "yes",  # YAML 1.1 made this true
        "clock": "07:30",  # and this 450
        "day": "2026-08-31",
        "q": "7",
    }


def test_options_know_where_they_stand() -> None:
    document = parse("a:\n  b: 1\n  list:\n    - x: 1\n      y: 2\n    - {x: 3}\n")
    assert document.locate(("a",)) == Mark(1, 1)
    assert document.locate(("a", "b")) == Mark(2, 3)
    assert document.locate(("a", "list", 0, "y")) == Mark(5, 7)
    assert document.locate(("a", "list", 1, "x")) == Mark(6, 8)


def test_a_missing_option_stands_where_its_section_does() -> None:
    document = parse("a:\n  list:\n    - x: 1\n")
    assert document.locate(("a", "list", 0, "absent", "deeper")) == Mark(3, 7)
    assert document.locate(("nothing",)) == Mark(1, 1)


def test_repetition_is_reported_where_it_repeats_and_the_first_counts() -> None:
    document = parse("a: 1\nb: 2\na: 3\n")
    assert document.data == {"a": 1, "b": 2}
    assert document.repeated == [(("a",), Mark(3, 1))]


def test_aliases_and_merges() -> None:
    document = parse("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nsame: *b\n")
    assert document.data == {"base": {"x": 1, "y": 2}, "use": {"y": 3, "x": 1}, "same": {"x": 1, "y": 2}}
    assert document.repeated == []
    assert document.locate(("use", "x")).line == 1  # where it is written


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("a:\n\tb: 1\n", 2, "制表符"),
        ("a: [1\nb: 2\n", 2, "方括号"),
        ("a: b: c\n", 1, "冒号"),
        ("a: 'x\n", 2, "引号"),
        ("a: *nowhere\n", 1, "nowhere"),
        ("a: 1\n---\nb: 2\n", 2, "一份文档"),
        ("a: 1\n  b: 2\n", 2, "缩进"),
        ("a: !!python/object/apply:os.system [x]\n", 1, "os.system"),
        ("? [1, 2]\n: x\n", 1, "选项名"),
        ("a: {<<: 3}\n", 1, "<<"),
        ("a: !secret x\n", 1, "!secret"),
        ("a: &x\n  b: *x\n", 1, "别名"),
        ("\x00\x01\x02", 1, "不是文本"),
    ],
)
def test_what_is_no_option_file_is_refused_at_its_line(text: str, line: int, hint: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse(text)
    assert caught.value.mark.line == line
    assert hint in caught.value.message


def test_aliases_that_multiply_are_refused() -> None:
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    text += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    with pytest.raises(DocumentError, match="more than"):
        parse(text)


# Letters and digits only: what ruamel writes of colons and control characters it does not always read itself.
words = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=8)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(words, plain, max_size=4))
def test_what_yaml_writes_is_read_back(data: dict[str, object]) -> None:
    stream = StringIO()
    YAML(typ="safe", pure=True).dump(data, stream)
    assert parse(stream.getvalue()).data == data
