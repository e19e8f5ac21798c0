"""What the service counts, each metric declared once: its unit in its name, its labels, and its meaning.

No label may come from what a reader or a client sends: a label value is a series that is kept for good, and shown to
everyone who may read `/metrics`. Routes appear as templates, methods and statuses from closed lists, reasons and codes
from `domain.py` and `errors.py`.

Each process counts for itself; with several workers behind one port a scrape reaches one of them.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

# From the 1 ms of a cached page to the 5 s after which a caller has given up.
_REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
_WORK_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
# From the same rack to the last of ten tries, three days later.
_DELIVERY_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 10_000, 100_000, 300_000)
_BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)

HTTP_REQUESTS = Counter(
    "moderation_http_requests",
    "Answered HTTP requests, by route template, method and status; 499: the caller left before the answer.",
    ("route", "method", "status"),
    registry=REGISTRY,
)
HTTP_REQUEST_SECONDS = Histogram(
    "moderation_http_request_seconds",
    "Seconds from a complete request head to the answer, by route template.",
    ("route",),
    buckets=_REQUEST_BUCKETS,
    registry=REGISTRY,
)
HTTP_REFUSED_CONNECTIONS = Counter(
    "moderation_http_refused_connections",
    "Connections refused because as many as allowed were open.",
    registry=REGISTRY,
)
HTTP_BROKEN_REQUESTS = Counter(
    "moderation_http_broken_requests",
    "Requests that never became one, by kind: malformed, or too slow or too large a head.",
    ("kind",),
    registry=REGISTRY,
)
COMMENTS_DECIDED = Counter(
    "moderation_comments_decided",
    "Comments decided for the first time, by status and reason.",
    ("status", "reason"),
    registry=REGISTRY,
)
RULINGS = Counter(
    "moderation_rulings",
    "Decisions of moderators, by status; undoing one is one more.",
    ("status",),
    registry=REGISTRY,
)
REFUSALS = Counter(
    "moderation_refusals",
    "Requests answered with a problem, by its code.",
    ("code",),
    registry=REGISTRY,
)
BATCH_SIZE = Histogram(
    "moderation_batch_size",
    "Submissions handled together in one transaction.",
    buckets=_BATCH_BUCKETS,
    registry=REGISTRY,
)
BATCH_SECONDS = Histogram(
    "moderation_batch_seconds",
    "Seconds from the start of a batch to its commit.",
    buckets=_WORK_BUCKETS,
    registry=REGISTRY,
)
WAITING_ITEMS = Gauge(
    "moderation_waiting_items",
    "Submissions that wait for a batch, now.",
    registry=REGISTRY,
)
SCORER_SECONDS = Histogram(
    "moderation_scorer_seconds",
    "Seconds that the classifier computed on one batch.",
    buckets=_WORK_BUCKETS,
    registry=REGISTRY,
)
MODEL_LOADED = Gauge(
    "moderation_model_loaded",
    "1 while a classifier is loaded, 0 while comments wait for a person instead.",
    registry=REGISTRY,
)
MODEL_STANDS_IN = Gauge(
    "moderation_model_stands_in",
    "1 while a classifier serves because the one that the registry names cannot be loaded by this process.",
    registry=REGISTRY,
)
MODEL = Info(
    "moderation_model",
    "The version of the classifier that is serving.",
    registry=REGISTRY,
)
RESCORED = Counter(
    "moderation_rescored_comments",
    "Comments that were stored without a score and got one later.",
    registry=REGISTRY,
)
UNKNOWN_DATA_KEYS = Gauge(
    "moderation_unknown_data_keys",
    "Stored data keys that this process cannot open, because it was started without the secret key that wraps them.",
    registry=REGISTRY,
)
LOGINS = Counter(
    "moderation_logins",
    "Tries to log in to the console, by what became of them: right, wrong, too_many.",
    ("outcome",),
    registry=REGISTRY,
)
DELIVERY_ATTEMPTS = Counter(
    "moderation_delivery_attempts",
    "Tries to tell an endpoint of a site something, by what became of them.",
    ("outcome",),
    registry=REGISTRY,
)
DELIVERY_SECONDS = Histogram(
    "moderation_delivery_seconds",
    "Seconds from an event to the answer of the endpoint that took it.",
    buckets=_DELIVERY_BUCKETS,
    registry=REGISTRY,
)
DELIVERY_LAG = Gauge(
    "moderation_delivery_lag_seconds",
    "Seconds by which the event that is most overdue is late; 0 while nothing is.",
    registry=REGISTRY,
)
DEAD_LETTERS = Counter(
    "moderation_dead_letters",
    "Events that were given up after all tries, or because the endpoint was gone; somebody can have them sent again.",
    registry=REGISTRY,
)
SHARED_LIMITS = Gauge(
    "moderation_shared_limits",
    "1 while Redis counts the tries of readers for all processes, 0 while each counts for itself.",
    registry=REGISTRY,
)
STORAGE_ERRORS = Counter(
    "moderation_storage_errors",
    "Times the database did not answer, or answered with an error that is not the caller's.",
    registry=REGISTRY,
)
UNEXPECTED_ERRORS = Counter(
    "moderation_unexpected_errors",
    "Mistakes of ours, by where they were caught; each one has a traceback in the log.",
    ("where",),
    registry=REGISTRY,
)


def exposition() -> bytes:
    """Returns all metrics in the text format that `CONTENT_TYPE` names."""
    return generate_latest(REGISTRY)
