"""The threaded shell: what turns the pure core into an agent that runs, live or over recordings."""
