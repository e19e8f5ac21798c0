"""What several files about the store are given."""

from tests.storage.crowd import crowded as crowded
from tests.storage.crowd import filled_database_url as filled_database_url
from tests.storage.crowd import postgresql_filled as postgresql_filled
from tests.storage.crowd import sqlite_filled as sqlite_filled
