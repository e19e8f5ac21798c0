"""What breaks in the field, broken on purpose: the real service, real databases, loopback only, bounded in time."""
