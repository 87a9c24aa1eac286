"""The people of the virtual network: what they fetch, when, and how their wishes become connections."""
