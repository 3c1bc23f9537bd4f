"""`edge-agent doctor`: looks at everything the agent depends on and says what to do about each fault.

Each module looks at one thing and returns findings; none of them changes the box.
"""
