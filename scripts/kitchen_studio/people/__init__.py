"""The cast of the synthetic kitchens: bodies, clothes, hair, hats, masks, and how they stand and move."""
