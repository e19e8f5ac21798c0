"""Standard Webhooks: who signed, and when. An independent HMAC and the official library are the yardsticks."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from standardwebhooks import Webhook

from moderation.errors import BadSignature, StaleTimestamp, Unauthenticated
from moderation.intake.signature import verify
from moderation.privacy import new_webhook_secret

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
SECONDS = str(int(NOW.timestamp()))
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()
BODY = '{"text": "Grüße"}'.encode()


def signature(delivery: str, seconds: str, body: bytes, *, secret: str = SECRET) -> str:
    """The specification in two lines, without a line of ours or of the library."""
    key = base64.b64decode(secret.split("_", 1)[1])
    signed = f"{delivery}.{seconds}.".encode("utf-8", "surrogateescape") + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(
    delivery: str = "msg_1", seconds: str = SECONDS, signed: str | None = None, *, body: bytes = BODY
) -> dict[str, str]:
    """Headers of a well-signed delivery, unless `signed` says otherwise."""
    signed = signature(delivery, seconds, body) if signed is None else signed
    return {"webhook-id": delivery, "webhook-timestamp": seconds, "webhook-signature": signed}


def checked(sent: dict[str, str], body: bytes = BODY, secrets: Sequence[str] = (SECRET,), now: datetime = NOW) -> str:
    return verify(headers=sent, body=body, secrets=secrets, now=now)


def test_a_well_signed_delivery_is_known_by_its_id() -> None:
    assert checked(headers()) == "msg_1"


def test_the_shared_example_of_the_reference_libraries_is_verified() -> None:
    # The test vector that the reference libraries of Standard Webhooks share.
    sent = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")

    delivery = verify(
        headers=sent,
        body=b'{"test": 2432232314}',
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        now=datetime.fromtimestamp(1614265330, UTC),
    )

    assert delivery == "msg_p5jXN8AQM9LWM0D4loKWxJek"


@settings(max_examples=50)
@given(st.text(), st.binary(min_size=24, max_size=64))
def test_what_the_library_signs_is_verified(body: str, key: bytes) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    by_library = Webhook(secret).sign("msg_1", NOW, body)

    assert checked(headers(signed=by_library, body=body.encode()), body.encode(), [secret]) == "msg_1"


def test_raw_bytes_are_signed_even_if_they_are_not_utf_8() -> None:
    body = b"\xff\xfe{\x00}\x00"

    assert checked(headers(body=body), body) == "msg_1"


def test_header_names_may_be_written_in_any_case_and_stand_in_a_multi_mapping() -> None:
    sent = CIMultiDict({name.title(): value for name, value in headers().items()})
    sent.add("Accept", "a")
    sent.add("Accept", "b")

    assert verify(headers=sent, body=BODY, secrets=[SECRET], now=NOW) == "msg_1"


@pytest.mark.parametrize(
    "around", ["{}", "v1,AAAA {}", "{} v1,AAAA", "v1a,AAAA {}", "  {} ", ", v1 v1, {}", "v2,x,y {}"]
)
def test_one_good_signature_among_several_is_enough(around: str) -> None:
    assert checked(headers(signed=around.format(signature("msg_1", SECONDS, BODY)))) == "msg_1"


@pytest.mark.parametrize("secrets", [[SECRET], [OTHER, SECRET], [SECRET, OTHER], [SECRET.rstrip("=")]])
def test_every_live_secret_is_good(secrets: list[str]) -> None:
    assert checked(headers(), secrets=secrets) == "msg_1"


@pytest.mark.parametrize("secrets", [[], [OTHER], [OTHER, OTHER]])
def test_no_other_secret_is_good(secrets: list[str]) -> None:
    with pytest.raises(BadSignature):
        checked(headers(), secrets=secrets)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", "AAAA"])
def test_a_short_secret_of_ours_verifies_nothing(secret: str) -> None:
    with pytest.raises(ValueError, match="24 bytes"):
        checked(headers(), secrets=[secret])


@pytest.mark.parametrize("name", list(headers()))
@pytest.mark.parametrize("value", [None, ""])
def test_without_one_of_the_three_headers_nobody_is_known(name: str, value: str | None) -> None:
    sent = headers() | {name: value or ""}
    if value is None:
        del sent[name]

    with pytest.raises(Unauthenticated, match=name) as caught:
        checked(sent)

    assert type(caught.value) is Unauthenticated


@pytest.mark.parametrize("name", list(headers()))
def test_a_header_that_comes_twice_is_refused_even_if_both_are_equal(name: str) -> None:
    sent = CIMultiDict(headers())
    sent.add(name.upper(), sent[name])

    with pytest.raises(Unauthenticated, match="once"):
        verify(headers=sent, body=BODY, secrets=[SECRET], now=NOW)


@pytest.mark.parametrize("delivery", ["a.b", "a b", " ", "a\n", "\x00", "\x7f", "é", "\udcff", "a" * 201, "."])
def test_an_odd_id_is_refused_although_it_is_well_signed(delivery: str) -> None:
    with pytest.raises(BadSignature):
        checked(headers(delivery))


@pytest.mark.parametrize("delivery", ["a" * 200, "!", "~", "msg_1-2:3/4"])
def test_an_id_of_visible_characters_is_taken(delivery: str) -> None:
    assert checked(headers(delivery)) == delivery


@pytest.mark.parametrize(
    "seconds",
    [SECONDS + ".0", "1e9", "-" + SECONDS, "+" + SECONDS, " " + SECONDS, SECONDS + " ", SECONDS + "\n", "0x10", "nan",
     "inf", "1_795_428_000", "١٧٩٥٤٢٨٠٠٠", "²", "\udcff", "now", "9" * 21, "9" * 5_000],
)  # fmt: skip
def test_an_odd_timestamp_is_refused_although_it_is_well_signed(seconds: str) -> None:
    with pytest.raises(BadSignature):
        checked(headers(seconds=seconds))


@pytest.mark.parametrize("seconds", ["0", "9" * 20, str(int(SECONDS) - 301), str(int(SECONDS) + 301)])
def test_a_well_signed_delivery_from_another_time_is_stale(seconds: str) -> None:
    with pytest.raises(StaleTimestamp):
        checked(headers(seconds=seconds))


@pytest.mark.parametrize("away", [-300, -1, 0, 1, 300])
def test_five_minutes_either_way_are_tolerated_by_the_clock_that_is_given(away: int) -> None:
    assert checked(headers(), now=NOW + timedelta(seconds=away)) == "msg_1"


def test_only_who_knows_the_secret_is_told_that_a_delivery_is_stale() -> None:
    with pytest.raises(BadSignature):
        checked(headers(seconds="0", signed=signature("msg_1", "0", BODY, secret=OTHER)))


GOOD = signature("msg_1", SECONDS, BODY)


@pytest.mark.parametrize(
    "signed",
    [
        "v1," + "A" * 43 + "=",
        "v1,é",
        "v1,\udcff",
        "v1,!!!!",
        "v1,",
        "v1",
        ",",
        " ",
        GOOD.replace("v1,", "v1a,"),
        GOOD.replace("v1,", "v2,"),
        GOOD.replace("v1,", "V1,"),
        GOOD.replace("v1,", ""),
        GOOD.replace("v1,", "v1,v1,"),
        GOOD.replace("v1,", "v1, "),
        GOOD + "=",
        GOOD + ",",
        GOOD.rstrip("="),
        GOOD[:-2] + "\t=",
        GOOD + "\n",
        GOOD.lower(),
        GOOD[:20],
        "v1," + base64.b64encode(b"").decode(),
        "v1," + hmac.new(b"k" * 32, b"msg_1." + SECONDS.encode() + b"." + BODY, hashlib.sha256).hexdigest(),
    ],
)
def test_anything_but_the_exact_signature_is_bad(signed: str) -> None:
    with pytest.raises(BadSignature):
        checked(headers(signed=signed))


def test_a_signature_is_for_one_id_one_time_and_one_body() -> None:
    later = str(int(SECONDS) + 1)

    for sent, body in [
        (headers("msg_2", signed=GOOD), BODY),
        (headers(seconds=later, signed=GOOD), BODY),
        (headers(signed=GOOD), BODY + b" "),
        (headers(signed=GOOD), b""),
    ]:
        with pytest.raises(BadSignature):
            checked(sent, body)


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)
NEARLY = st.sampled_from(["msg_1", SECONDS, GOOD, "v1,", "v1,AAAA", "-1", "1.5", "9" * 400])


@settings(max_examples=500)
@given(
    st.dictionaries(
        st.sampled_from(["webhook-id", "Webhook-Timestamp", "webhook-signature", "Host"]) | ANYTHING, NEARLY | ANYTHING
    ),
    st.binary(),
)
def test_any_headers_and_any_body_are_unauthenticated_and_nothing_worse(sent: dict[str, str], body: bytes) -> None:
    with pytest.raises(Unauthenticated):
        checked(sent, body)


@given(ANYTHING | NEARLY, ANYTHING | NEARLY, st.binary())
def test_any_id_and_time_that_are_well_signed_are_taken_or_unauthenticated(
    delivery: str, seconds: str, body: bytes
) -> None:
    try:
        signed = signature(delivery, seconds, body)
    except UnicodeEncodeError:
        signed = GOOD

    try:
        assert checked(headers(delivery, seconds, signed), body) == delivery
    except Unauthenticated:
        assert (delivery, seconds) != ("msg_1", SECONDS)


def test_a_secret_that_we_hand_out_holds_256_bits_and_signs_with_the_library() -> None:
    secret = new_webhook_secret()
    by_library = Webhook(secret).sign("msg_1", NOW, BODY.decode())

    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert checked(headers(signed=by_library), secrets=[secret]) == "msg_1"


@pytest.mark.parametrize("secret", [SECRET, OTHER])
def test_a_sender_that_signs_with_the_old_and_the_new_secret_is_known_by_either(secret: str) -> None:
    both = " ".join(Webhook(each).sign("msg_1", NOW, BODY.decode()) for each in (SECRET, OTHER))

    assert checked(headers(signed=both), secrets=[secret]) == "msg_1"
