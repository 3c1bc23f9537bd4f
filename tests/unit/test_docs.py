"""The pages say what the program does: defaults, links, verbs, messages, figures."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import pytest
import typer

from edge_agent.cli.app import app
from edge_agent.cli.outcome import EXIT_CODES
from edge_agent.config.loading import load_site
from edge_agent.rules.attire import MASK_AREAS
from edge_agent.rules.catalogue import CATALOGUE
from edge_agent.rules.check import lacking_of
from edge_agent.runtime.findings import findings
from edge_agent.vision.manifest import load_manifest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("models/*/card.md")])
CODE = re.compile(r"`([^`]+)`")


def rows(page: str, mark: str) -> list[list[str]]:
    """Cells of the table below `<!-- checked: mark -->`."""
    text = (ROOT / page).read_text("utf-8").split(f"<!-- checked: {mark} -->", 1)[1]
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert table, f"{page}: no table below {mark}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[0].splitlines()[2:]]


def test_the_page_of_rules_gives_each_rule_its_defaults():
    said = {row[0].strip("`"): row[1:] for row in rows("docs/rules.md", "defaults")}
    assert list(said) == list(CATALOGUE)
    detector, heads = (load_manifest(ROOT / "models" / name) for name in ("kitchen-detector", "head-attributes"))
    for name, (title, dwell, other, clear, cooldown, severity, works) in said.items():
        spec = CATALOGUE[name]
        times = [c.dwell_s for c in spec.conditions if c.dwell_s is not None]
        times += [spec.escalation.held_s] if spec.escalation else []
        times += [spec.duty.session_s] if spec.duty and spec.duty.session_s is not None else []
        assert title == spec.name.zh
        assert [float(dwell), float(clear), float(cooldown)] == [spec.dwell_s, spec.clear_s, spec.cooldown_s], name
        assert [float(n) for n in re.findall(r"\d+", other)] == times, name
        assert severity == spec.severity.name.lower()
        assert works == ("否 no" if lacking_of(spec, detector.classes, heads.attributes) else "是 yes"), name


def test_the_page_of_rules_gives_each_rule_its_areas():
    said = {row[0].strip("`"): set(CODE.findall(row[1])) for row in rows("docs/rules.md", "areas")}
    assert said == {name: {area.value for area in spec.areas} for name, spec in CATALOGUE.items()}
    line = (ROOT / "docs/rules.md").read_text("utf-8").split("<!-- checked: mask -->\n", 1)[1].splitlines()[0]
    assert set(CODE.findall(line)) == {area.value for area in MASK_AREAS}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if not re.match(r"[a-z]+:|#", target):
            assert (page.parent / target.split("#")[0]).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_verb_and_option_exists(page):
    commands = typer.main.get_command(app).commands
    for verb, rest in re.findall(
        r"\bedge-agent (?!edge-agent)([a-z]+(?:-[a-z]+)*)\b((?:[^\n`#|]|\\\n)*)", page.read_text("utf-8")
    ):
        assert verb in commands, f"edge-agent {verb}"
        known = {"--help", "-h", *(o for p in commands[verb].params for o in p.opts)}
        for option in re.findall(r"(?<=\s)(--[a-z-]+|-[a-z])\b", rest):
            assert option in known, f"edge-agent {verb} {option}"


def test_troubleshooting_quotes_messages_as_the_program_says_them():
    sources = "\n".join(file.read_text("utf-8") for file in sorted((ROOT / "edge_agent").rglob("*.py")))
    # What the parser joins: "one " "two" over lines, f or not.
    program = re.sub(r'"\s*\n\s*f?"', "", sources)
    page = (ROOT / "docs/troubleshoot.md").read_text("utf-8")
    tables = re.findall(r"^\| [^|]*原文[^|]* \|.*\n\|---.*\n((?:\|.*\n)+)", page, re.MULTILINE)
    quoted = [message for table in tables for row in table.splitlines() for message in CODE.findall(row.split("|")[1])]
    assert len(quoted) > 30
    for message in quoted:
        for part in message.split("…"):
            assert part.strip() in program, message


def test_exit_codes_are_the_programs():
    said = {int(row[0]): row[1] for row in rows("docs/troubleshoot.md", "exit codes")}
    assert said == EXIT_CODES


def test_the_event_on_the_first_page_was_judged_by_the_demos_file():
    digest = hashlib.sha256((ROOT / "configs" / "demo.yaml").read_bytes()).hexdigest()
    assert f'"config": {{"sha256": "{digest[:8]}…"}}' in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("page", ["README.md", "docs/tune.md", "docs/replay.md", "docs/own-frames.md"])
def test_a_page_to_copy_from_says_first_where_the_command_comes_from(page):
    text = (ROOT / page).read_text("utf-8")
    first = text.index("\nedge-agent ")
    assert 'export PATH="$PWD/.venv/bin:$PATH"' in text[:first]


def test_the_page_of_installing_begins_with_a_file_that_is_in_order(monkeypatch):
    monkeypatch.setenv("CAMERA_PASSWORD", "camera-hunter2")
    monkeypatch.setenv("MQTT_PASSWORD", "broker-hunter2")
    site = load_site(ROOT / "configs" / "site.starter.yaml", os.environ)
    assert not list(findings(site))
    page = (ROOT / "docs" / "install.md").read_text("utf-8")
    assert "configs/site.starter.yaml" in page
    assert page.index("configs/site.starter.yaml") < page.index("edge-agent check") < page.index("edge-agent teach")
    for secret in ("CAMERA_PASSWORD", "MQTT_PASSWORD"):
        assert page.index(f"{secret}=") < page.index("configs/site.starter.yaml")


def test_known_limits_quote_the_models_own_figures():
    metrics = {
        f"{folder.name}/{name}": metric
        for folder in sorted((ROOT / "models").glob("*/"))
        for name, metric in load_manifest(folder).metrics.items()
    }
    for name, figure, *_ in rows("docs/known-limits.md", "figures"):
        metric = metrics[name.strip("`")]
        assert figure == f"{metric.value:.2f} [{metric.low:.2f}, {metric.high:.2f}], n = {metric.n}", name
