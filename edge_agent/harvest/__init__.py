"""Frames worth labelling: where the agent was least sure, which of them to take, pre-labels, a page of them."""
