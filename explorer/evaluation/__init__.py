"""How well a model does, on everything and on a part."""
