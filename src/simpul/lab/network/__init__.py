"""The virtual network: what it is made of (`plan`), how it is built, cut, routed and taken down."""
