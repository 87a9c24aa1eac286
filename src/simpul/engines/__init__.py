"""One file per outside peer: what it speaks, and nothing about what it is used for."""
