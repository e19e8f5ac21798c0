"""The order of events, and where transactions begin and end. To learn what the product does, read these files.

A comment goes from the webhook to its receipt through six files, in this order: `intake/webhook.py` verifies and reads
it, `wiring.py` says who gets it, `batching.py` gathers it with others, `submit.py` seals, scores and stores them all,
`memory.py` recalls what is known of them, and `judging.py` decides on each and makes its receipt.
"""
