"""Leaf vocabulary that every room may use; knows no room, no Django, no IO of its own."""
