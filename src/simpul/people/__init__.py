"""Who uses the network and who may do what."""
