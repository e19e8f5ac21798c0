"""Measurements that anyone can repeat. Ratios count: absolute figures differ between machines and days."""
