"""From the outbox to the county's broker over MQTT: at least once, in order within an incident, never forgotten."""
