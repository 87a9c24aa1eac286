"""The demonstration's story: who, where, by which contract, and how point after point was joined."""
