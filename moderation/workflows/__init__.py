"""The order of events, and where transactions begin and end. To learn what the product does, read these files."""
