from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from edge_agent.config import check
from edge_agent.config.loading import load_site
from edge_agent.config.reference import reference_page
from edge_agent.config.schema import site_schema
from edge_agent.config.site import SiteConfig

ROOT = Path(__file__).parents[3]
COMMITTED = ROOT / "configs" / "schema" / "site.schema.json"
EXAMPLE = ROOT / "configs" / "site.example.yaml"
SECRETS = {"CAMERA_PASSWORD": "c", "MQTT_PASSWORD": "m"}
REGENERATE = "run scripts/generate_config_docs.py and commit what it writes"


def test_the_committed_schema_is_that_of_the_code() -> None:
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == site_schema(), REGENERATE


def test_the_reference_page_is_that_of_the_code() -> None:
    assert (ROOT / "docs" / "config.md").read_text(encoding="utf-8") == reference_page(), REGENERATE


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(site_schema())


def test_every_option_has_a_title() -> None:
    for name, section in site_schema()["$defs"].items():
        for option, about in section.get("properties", {}).items():
            assert about.get("title") or "$ref" in about or option in {"kind", "id"}, f"{name}.{option} has no title"


def plain(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path)


@pytest.mark.parametrize("file", [EXAMPLE, ROOT / "configs" / "demo.yaml"], ids=lambda path: path.name)
def test_what_ships_fits_the_schema(file: Path) -> None:
    jsonschema.Draft202012Validator(site_schema()).validate(plain(file))
    first = file.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=./schema/site.schema.json"


def test_the_schema_refuses_what_the_agent_refuses() -> None:
    validator = jsonschema.Draft202012Validator(site_schema())
    data = plain(EXAMPLE)
    data["cameras"][0]["zones"][0]["aera"] = "x"
    assert not validator.is_valid(data)


def test_the_example_loads_and_lacks_only_what_is_taught_on_site() -> None:
    site = load_site(EXAMPLE, SECRETS)
    assert check.structure(site.config) == []
    assert [problem.path[-1] for problem in check.files(site)] == ["taught"]


def test_the_example_shows_every_option() -> None:
    """Options in comments count: an installer finds them there."""
    text = EXAMPLE.read_text(encoding="utf-8")
    schema = SiteConfig.model_json_schema()
    sections = [schema, *schema["$defs"].values()]
    options = {option for section in sections for option in section.get("properties", {})}
    missing = sorted(option for option in options - {"kind"} if f"{option}:" not in text)
    assert missing == []
