"""A school that does not exist: staff and food through the stages of its days, and what the core makes of it."""
