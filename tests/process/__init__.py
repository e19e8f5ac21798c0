"""Tests that start the real command, talk to it over the network, kill it, and look into its database from outside."""
