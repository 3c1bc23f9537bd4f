"""What an installer writes: one YAML file per box, validated before anything runs."""
