"""Comment moderation for news sites. To learn what it does, read `moderation/workflows/`."""
