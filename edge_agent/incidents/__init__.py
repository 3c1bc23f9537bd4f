"""What happens to an incident after the rules: identity, envelope, and the outbox that never loses one."""
