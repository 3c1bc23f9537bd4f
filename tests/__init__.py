import edge_agent  # noqa: F401 - first of all: it keeps ONNX Runtime, which some benches import, from its telemetry
