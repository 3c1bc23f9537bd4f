"""The published contract, generated from `messages`: JSON Schemas and an AsyncAPI 3 document.

`configs/schema/` holds what these functions give; a test fails when the two differ.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from edge_agent import __version__
from edge_agent.config.site import Mqtt
from edge_agent.incidents import messages as m
from edge_agent.incidents.envelope import CONTENT_TYPE
from edge_agent.incidents.topics import PICTURE, Topics

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MESSAGES: dict[str, type[BaseModel]] = {
    "violation-opened": m.ViolationOpened,
    "violation-updated": m.ViolationUpdated,
    "violation-closed": m.ViolationClosed,
    "evidence-picture": m.EvidencePicture,
    "box-status": m.BoxStatus,
    "camera-status": m.CameraStatus,
    "health": m.Health,
    "doctor-probe": m.DoctorProbe,
    "acknowledgement": m.Acknowledgement,
}
_PARAMETERS = {
    "county": "Code of the county.",
    "school": "Code of the school within the county.",
    "box": "Code of the box within the school.",
    "camera": "Id of a camera, from the site file.",
    "severity": "info, minor, major or critical; may rise within an episode.",
    "rule": "Id of the rule.",
}


class _AsSent(GenerateJsonSchema):
    """Schemas of what is really sent: constants are always there, what is None is left out and never `null`."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,  # noqa: ARG002 (pydantic's signature)
    ) -> bool:
        inner = field["schema"]
        return not (inner["type"] == "default" and inner.get("default") is None)

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 (pydantic's signature)
        return False


def event_schemas() -> dict[str, Any]:
    """Message name -> JSON Schema (2020-12) of its body."""
    return {
        name: {
            "$schema": _DIALECT,
            "$id": f"urn:mcl:schema:{name}:1",
            **model.model_json_schema(schema_generator=_AsSent, mode="serialization"),
        }
        for name, model in _MESSAGES.items()
    }


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document of a box: what it sends and receives, topic by topic."""
    _, schemas = models_json_schema(
        [(model, "serialization") for model in _MESSAGES.values()],
        ref_template="#/components/schemas/{model}",
        schema_generator=_AsSent,
    )
    topics = Topics(f"{Mqtt.model_fields['prefix'].default}/{{county}}/{{school}}/{{box}}")
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}

    def channel(
        name: str, address: str, carried: list[str], summary: str, *, qos: int = 1, retain: bool = False
    ) -> None:
        channels[name] = {
            "address": address,
            "description": summary,
            "messages": {message: {"$ref": f"#/components/messages/{message}"} for message in carried},
            "parameters": {p: {"description": text} for p, text in _PARAMETERS.items() if f"{{{p}}}" in address},
        }
        action = "receive" if name == "ack" else "send"
        operations[f"{action}-{name}"] = {
            "action": action,
            "channel": {"$ref": f"#/channels/{name}"},
            "summary": summary,
            "messages": [{"$ref": f"#/channels/{name}/messages/{message}"} for message in carried],
            "bindings": {"mqtt": {"qos": qos, "retain": retain, "bindingVersion": "0.2.0"}},
        }

    violations = ["violation-opened", "violation-updated", "violation-closed"]
    channel(
        "event",
        topics.below("event/{severity}/{rule}"),
        violations,
        "Incidents opening, changing and closing. At least once: drop a pair of source and id that is known, order on "
        "sequence, join on episode.",
    )
    channel("picture", topics.below(PICTURE), ["evidence-picture"], "Full pictures, after the event that names them.")
    channel("status", topics.status, ["box-status"], "Whether the box is connected; also its last will.", retain=True)
    channel(
        "camera-status",
        topics.camera_status("{camera}"),
        ["camera-status"],
        "Whether a camera delivers pictures.",
        retain=True,
    )
    channel("health", topics.health, ["health"], "Figures of the box, once a minute.", qos=0)
    channel(
        "doctor", topics.doctor, ["doctor-probe"], "Only from `edge-agent doctor`: may this box publish? Ignore it."
    )
    channel("ack", topics.ack, ["acknowledgement"], "The platform's answer to one event, after storing it.")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "明厨亮灶 edge agent",
            "version": __version__,
            "description": "Violation events of a school kitchen's box. All meaning is in the JSON bodies, so MQTT "
            "3.1.1 and 5 carry the same; with 5 the content type is given too.",
            "license": {"name": "AGPL-3.0-or-later"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {name: _message(name, model) for name, model in _MESSAGES.items()},
            "schemas": dict(sorted(schemas["$defs"].items())),
        },
    }


def _message(name: str, model: type[BaseModel]) -> dict[str, Any]:
    return {
        "name": name,
        "summary": model.__doc__,
        "contentType": CONTENT_TYPE if issubclass(model, m.CloudEvent) else "application/json",
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
    }
