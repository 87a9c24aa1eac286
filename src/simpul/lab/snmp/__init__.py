"""What the routers of the virtual network answer when they are asked by SNMP."""
