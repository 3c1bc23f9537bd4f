from urllib.parse import quote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from edge_agent.config.credentials import HIDDEN, hide


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "rtsp://admin:pass@10.0.0.8:554/Streaming/Channels/101",
            f"rtsp://{HIDDEN}@10.0.0.8:554/Streaming/Channels/101",
        ),
        ("rtsps://admin:p%40ss%3A1@cam/x", f"rtsps://{HIDDEN}@cam/x"),
        ("rtsp://admin:p@ss:1@cam:554/x", f"rtsp://{HIDDEN}@cam:554/x"),  # raw @ and :
        ("rtsp://admin:p/ss@cam/x", f"rtsp://{HIDDEN}@cam/x"),  # raw /
        ("mqtts://edge:s3cret@broker:8883", f"mqtts://{HIDDEN}@broker:8883"),
        ("http://10.0.0.8/snap?user=admin&password=abc", f"http://10.0.0.8/snap?user={HIDDEN}&password={HIDDEN}"),
        ("RTSP://U:P@H/", f"RTSP://{HIDDEN}@H/"),
        # as FFmpeg writes it
        (
            "[Errno 111] refused: 'rtsp://a:b@127.0.0.1:8554/h'",
            f"[Errno 111] refused: 'rtsp://{HIDDEN}@127.0.0.1:8554/h'",
        ),
        ("proxy?to=rtsp%3A%2F%2Fa%3Ab%40cam%2Fx", f"proxy?to=rtsp%3A%2F%2F{HIDDEN}@cam%2Fx"),
        ("rtsp://cam:554/open", "rtsp://cam:554/open"),
        ("write to chef@school.example", "write to chef@school.example"),
    ],
)
def test_hides_credentials_and_keeps_the_address(text, left):
    assert hide(text) == left


_visible = st.characters(min_codepoint=33, max_codepoint=0x9FFF, exclude_categories=("Z", "C"))
_password = st.text(_visible, min_size=6, max_size=20)
_scheme = st.sampled_from(["rtsp", "rtsps", "http", "https", "mqtt", "mqtts"])
_around = st.text(st.sampled_from("中文 abc:/'\"()[],\n"), max_size=20)


@given(_scheme, _password, _around, _around, st.booleans())
def test_no_password_leaks(scheme, password, before, after, encoded):
    written = quote(password, safe="") if encoded else password
    rest = "10.0.0.8:554/live"
    assume(written not in before + after + rest + scheme + "://" + HIDDEN + "@")
    out = hide(f"{before}{scheme}://admin:{written}@{rest}{after}")
    assert written not in out
    assert "admin" not in out


@example(scheme="rtsp", password="@00000", before="")
@given(_scheme, st.text(_visible.filter(lambda c: c not in "&;"), min_size=6, max_size=20), _around)
def test_no_password_leaks_from_a_query(scheme, password, before):
    address = f"{scheme}://10.0.0.8/live?user=admin&password="
    assume(password not in before + address + HIDDEN)
    assert password not in hide(before + address + password)


@given(st.text())
def test_redacting_twice_changes_nothing_more(text):
    assert hide(hide(text)) == hide(text)
