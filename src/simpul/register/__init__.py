"""What exists: places, devices, circuits, contracts, and the story of their roll-out."""
