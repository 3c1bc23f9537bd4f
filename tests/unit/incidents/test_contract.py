"""The committed contract is what the code says, and the code's events obey it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from edge_agent.incidents import contract

SCHEMAS = Path(__file__).resolve().parents[3] / "configs" / "schema"
REGENERATE = "the contract changed; if that is meant: .venv/bin/python -m tests.unit.incidents.test_contract"


def documents() -> dict[str, str]:
    generated = {f"events/{name}.schema.json": schema for name, schema in contract.event_schemas().items()}
    generated["asyncapi.json"] = contract.asyncapi()
    return {name: json.dumps(tree, ensure_ascii=False, indent=2) + "\n" for name, tree in generated.items()}


@pytest.mark.parametrize("name", documents())
def test_the_committed_file_is_current(name: str) -> None:
    path = SCHEMAS / name
    assert path.is_file(), REGENERATE
    assert path.read_text("utf-8") == documents()[name], REGENERATE


def test_no_committed_schema_is_left_over() -> None:
    committed = {f"events/{path.name}" for path in (SCHEMAS / "events").iterdir()}
    assert committed == {name for name in documents() if name.startswith("events/")}


@pytest.mark.parametrize("name", contract.event_schemas())
def test_schemas_are_valid(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(contract.event_schemas()[name])


def test_each_message_of_a_channel_is_told_apart_by_its_type() -> None:
    schemas = contract.event_schemas()
    channel = contract.asyncapi()["channels"]["event"]
    types = [schemas[name]["properties"]["type"]["const"] for name in channel["messages"]]
    assert len(set(types)) == len(types) == 3


def test_asyncapi_references_lead_somewhere_and_parameters_match_the_address() -> None:
    document = contract.asyncapi()

    def references(tree: object) -> list[str]:
        if isinstance(tree, dict):
            own = [tree["$ref"]] if isinstance(tree.get("$ref"), str) else []
            return own + [r for value in tree.values() for r in references(value)]
        return [r for value in tree for r in references(value)] if isinstance(tree, list) else []

    for reference in references(document):
        place: object = document
        for step in reference.removeprefix("#/").split("/"):
            assert isinstance(place, dict)
            assert step in place, reference
            place = place[step]
    for channel in document["channels"].values():
        assert {f"{{{p}}}" for p in channel["parameters"]} == {
            level for level in channel["address"].split("/") if level.startswith("{")
        }


def test_every_topic_that_is_used_is_described() -> None:
    addresses = {channel["address"] for channel in contract.asyncapi()["channels"].values()}
    box = "mcl/v1/{county}/{school}/{box}"
    assert addresses == {
        f"{box}/status",
        f"{box}/health",
        f"{box}/camera/{{camera}}/status",
        f"{box}/event/{{severity}}/{{rule}}",
        f"{box}/evidence/picture",
        f"{box}/doctor",
        f"{box}/ack",
    }


if __name__ == "__main__":
    for file, text in documents().items():
        (SCHEMAS / file).write_text(text, "utf-8")
