"""From vectors to a map: neighbours, layout, placement of what is new, and trust."""
