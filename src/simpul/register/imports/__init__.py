"""Reading sites, contracts and areas from files: stage, look at the differences, apply in one switch, undo."""
