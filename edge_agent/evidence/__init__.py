"""What proves an incident: the picture with faces blurred, the clip, and where they are kept."""
