"""Sharing the internet: the plan, the allocator, the gateway's agent, the controller."""
