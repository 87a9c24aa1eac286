"""Tags for the templates of all rooms: `{% load simpul %}`."""
