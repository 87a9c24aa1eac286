"""Measurements and their history: spool, column store, roll-ups, one door for reading. Knows no Django."""
