"""Probes and alarms: what is broken, whom it hits, whose part it is."""
