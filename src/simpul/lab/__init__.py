"""The invented regency: its story as data, later its network out of namespaces."""
