"""Who is who from frame to frame, and what is believed of each: all limits in seconds, ids per camera."""
