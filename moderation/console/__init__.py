"""The console: pages on which people see what waits for them, and rule. They work without JavaScript."""
