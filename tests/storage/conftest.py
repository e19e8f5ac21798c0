"""What several files about the store are given."""

from tests.storage.test_query_plans import crowded as crowded
