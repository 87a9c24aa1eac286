"""The rules of sharing. Pure: no Django, no files, no clock, no network."""
