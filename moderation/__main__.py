"""`moderation` and `python -m moderation`."""

from __future__ import annotations

from moderation.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
