"""The rooms of the synthetic kitchens: `plan` draws one without Blender, `room` builds it in Blender."""
