from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from datetime import UTC, datetime

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.evidence.archive import DAY_S, GB, PARTIAL, Archive
from edge_agent.values.errors import StateError

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "evidence", "box-1", keep_days=30, keep_gb=1)


def put(archive, name="a.jpg", content=b"jpeg", at=NOON, kind="picture"):
    return archive.put(name, content, kind, "image/jpeg", at=at, redaction="faces-blurred")


def test_files_a_picture(archive, tmp_path):
    item = put(archive)
    assert item.uri == "evid://box-1/2026/03/09/a.jpg"
    assert item.sha256 == hashlib.sha256(b"jpeg").hexdigest()
    assert (item.size, item.data, item.expires) == (4, b"jpeg", NOON + 30 * DAY_S)
    path = archive.path_of(item.uri)
    assert path == tmp_path / "evidence/2026/03/09/a.jpg"
    assert path.read_bytes() == b"jpeg"
    assert path.stat().st_mtime == NOON


def test_a_clip_moves_in_and_does_not_travel(archive, tmp_path):
    for source in (archive.partial("a.mp4"), tmp_path / "elsewhere.mp4"):
        source.write_bytes(b"clip" * 1000)
        item = archive.put("a.mp4", source, "clip", "video/mp4", at=NOON, redaction="none")
        assert item.data is None
        assert item.sha256 == hashlib.sha256(archive.path_of(item.uri).read_bytes()).hexdigest()
        assert not source.exists()


def test_putting_again_replaces(archive):
    put(archive, content=b"one")
    item = put(archive, content=b"two")
    assert archive.path_of(item.uri).read_bytes() == b"two"


def test_leftovers_of_a_crash_are_gone_at_the_next_start(archive, tmp_path):
    archive.partial("half.mp4").write_bytes(b"half")
    item = put(archive)
    again = Archive(tmp_path / "evidence", "box-1", 30, 1)
    assert not (tmp_path / "evidence" / PARTIAL).exists()
    assert again.path_of(item.uri).exists()


@pytest.mark.parametrize("name", ["../a.jpg", "a/b.jpg", "", ".hidden", "a b", "a\n"])
def test_names_cannot_leave_the_folder(archive, name):
    with pytest.raises(ValueError, match="file name"):
        put(archive, name)


@pytest.mark.parametrize(
    "uri",
    [
        "evid://box-2/2026/03/09/a.jpg",
        "evid://box-1/../../etc/passwd",
        "evid://box-1/2026/03/09/../a.jpg",
        "/etc/passwd",
    ],
)
def test_foreign_uris_have_no_path(archive, uri):
    with pytest.raises(ValueError, match="is not evidence"):
        archive.path_of(uri)


def test_old_files_go_and_their_empty_folders(archive, tmp_path):
    old, new = put(archive, "old.jpg", at=NOON), put(archive, "new.jpg", at=NOON + 2 * DAY_S)
    assert archive.prune(NOON + 30 * DAY_S - 1, []) == []
    assert archive.prune(NOON + 30 * DAY_S, []) == [old.uri]
    assert not (tmp_path / "evidence/2026/03/09").exists()
    assert archive.path_of(new.uri).exists()


def test_undelivered_evidence_stays_whatever_its_age_and_size(tmp_path):
    archive = Archive(tmp_path, "box-1", keep_days=1, keep_gb=10 / GB)
    items = [put(archive, f"{k}.jpg", b"12345678", NOON + k) for k in range(3)]
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            assert archive.prune(NOON + 9 * DAY_S, {item.uri for item in items}) == []
            assert archive.over_quota
        assert archive.prune(NOON + 9 * DAY_S, {items[1].uri}) == [items[0].uri, items[2].uri]
    assert not archive.over_quota
    assert [entry["event"] for entry in logs] == [
        "evidence over quota, undelivered files stay",
        "evidence within quota again",
    ]


files = st.lists(st.tuples(st.integers(0, 40 * 86400), st.integers(0, 3000), st.booleans()), max_size=12)


@settings(max_examples=40, deadline=None)
@given(files, st.integers(1, 20000), st.integers(1, 40))
def test_pruning_keeps_its_promises(tmp_path_factory, kept, quota, days):
    folder = tmp_path_factory.mktemp("archive")
    archive = Archive(folder, "box-1", keep_days=days, keep_gb=quota / GB)
    items = [put(archive, f"{k}.jpg", b"x" * size, NOON + age) for k, (age, size, _) in enumerate(kept)]
    waiting = {item.uri for item, (_, _, undelivered) in zip(items, kept, strict=True) if undelivered}
    now = NOON + 40 * DAY_S
    deleted: list[str] = []
    while step := archive.prune(now, waiting):
        deleted += step
    left = [item for item in items if archive.path_of(item.uri).exists()]
    assert {item.uri for item in items} == {item.uri for item in left} | set(deleted)
    assert not waiting & set(deleted)
    free = [item for item in left if item.uri not in waiting]
    assert all(item.expires > now for item in free)
    total = sum(item.size for item in left)
    assert total <= quota or not [item for item in free if item.size]
    assert archive.over_quota == (total > quota)
    at = {item.uri: item.expires for item in items}
    assert [at[uri] for uri in deleted] == sorted(at[uri] for uri in deleted)
    # by size, nothing newer than a survivor was deleted unless it was free and the survivor was not
    by_size = [uri for uri in deleted if at[uri] > now]
    assert all(at[uri] <= item.expires for uri in by_size for item in free if item.size)


@pytest.mark.parametrize("at", [0.0, 86400.0 * 365])
def test_a_clock_that_was_not_set_says_nothing_of_age(archive, at):
    undated, dated = put(archive, "undated.jpg", at=at), put(archive, "dated.jpg", at=NOON)
    assert archive.prune(NOON + 31 * DAY_S, []) == [dated.uri]
    assert archive.path_of(undated.uri).exists()


def test_without_a_clock_only_the_quota_counts(tmp_path):
    archive = Archive(tmp_path, "box-1", keep_days=1, keep_gb=20 / GB)
    items = [put(archive, f"{k}.jpg", b"12345678", NOON + k * DAY_S) for k in range(4)]
    assert archive.prune(None, []) == [item.uri for item in items[:2]]
    assert archive.prune(None, []) == []


def test_one_call_takes_a_day_by_age(archive):
    items = [put(archive, f"{k}.jpg", at=NOON + k * DAY_S / 2) for k in range(6)]
    uris = [item.uri for item in items]
    now = NOON + 365 * DAY_S
    assert [archive.prune(now, []) for _ in range(4)] == [uris[:2], uris[2:4], uris[4:], []]


@pytest.fixture
def tiny_disk(tmp_path):
    """256 KiB of its own."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount here: {done.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_is_one_line_and_leaves_no_half_file(tiny_disk, tmp_path):
    archive = Archive(tiny_disk, "box-1", 30, 1)
    first = put(archive, "first.jpg", b"x" * 100_000)
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"y" * 300_000)
    for content in (b"z" * 300_000, clip):
        with pytest.raises(StateError, match="the disk is full; free space") as caught:
            put(archive, "second.jpg", content)
        assert "\n" not in str(caught.value)
    assert not list((tiny_disk / PARTIAL).iterdir())
    assert archive.path_of(first.uri).stat().st_size == 100_000
    assert put(archive, "third.jpg", b"x" * 50_000).size == 50_000


def test_a_folder_that_cannot_be_made_is_one_line_and_costs_nothing_but_evidence(tmp_path):
    (tmp_path / "evidence").write_text("a file where the folder should be")
    archive = Archive(tmp_path / "evidence", "box-1", 30, 1)
    for attempt in (archive.check, lambda: archive.partial("a.mp4"), lambda: put(archive)):
        with pytest.raises(StateError, match="cannot be written: 请检查目录") as caught:
            attempt()
        assert "\n" not in str(caught.value)
    (tmp_path / "evidence").unlink()
    archive.check()
    assert archive.path_of(put(archive).uri).exists()


@pytest.mark.parametrize("gone", ["evidence", f"evidence/{PARTIAL}", "evidence/2026"])
def test_a_deleted_folder_is_made_again(archive, tmp_path, gone):
    put(archive)
    shutil.rmtree(tmp_path / gone)
    assert archive.path_of(put(archive, "b.jpg").uri).read_bytes() == b"jpeg"
    shutil.rmtree(tmp_path / gone)
    partial = archive.partial("c.mp4")
    partial.write_bytes(b"clip")
    item = archive.put("c.mp4", partial, "clip", "video/mp4", at=NOON, redaction="none")
    assert archive.path_of(item.uri).read_bytes() == b"clip"


@pytest.fixture
def read_only_disk(tiny_disk):
    """A disk that takes a folder, and nothing after that."""
    archive = Archive(tiny_disk / "evidence", "box-1", 30, 1)
    put(archive, "first.jpg")
    subprocess.run(["mount", "-o", "remount,ro", tiny_disk], check=True)
    yield archive
    subprocess.run(["mount", "-o", "remount,rw", tiny_disk], check=True)


def test_a_read_only_disk_is_one_line_in_everything(read_only_disk, tmp_path):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"clip")
    for attempt in (
        read_only_disk.check,
        lambda: put(read_only_disk, "second.jpg"),
        lambda: put(read_only_disk, "first.jpg"),
        lambda: put(read_only_disk, "clip.mp4", clip),
    ):
        with pytest.raises(StateError, match="Read-only file system"):
            attempt()
