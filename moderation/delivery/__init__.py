"""One event becomes one signed request and one `Attempt`."""

from moderation.delivery.addresses import Networks, allows, check_url, networks_of
from moderation.delivery.envelope import Envelope, message_id, seal_envelope
from moderation.delivery.patience import PROMISED_TRIES, is_given_up, slots, wait_after
from moderation.delivery.sending import Sender

__all__ = [
    "PROMISED_TRIES",
    "Envelope",
    "Networks",
    "Sender",
    "allows",
    "check_url",
    "is_given_up",
    "message_id",
    "networks_of",
    "seal_envelope",
    "slots",
    "wait_after",
]
