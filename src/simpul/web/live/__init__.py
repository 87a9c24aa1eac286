"""What browsers follow while it happens: values from the bus, narrowed to what each viewer may see."""
