"""Measurements of the days before the first start, made by the habits that the lab's people live by; marked as made."""
