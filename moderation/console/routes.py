"""The doors of the console, as data. Pages are for people: the document of the API leaves them out."""

from __future__ import annotations

from moderation.console import account, accounts, appeals, comment, device_form, endpoints, links, login, queue, scores
from moderation.console.desk_routes import ROUTES as DESK
from moderation.console.page_routes import ID, page_route
from moderation.console.pages import (
    ACCOUNT,
    ACCOUNTS,
    APPEALS,
    ASSETS,
    ENDPOINTS,
    LOGIN,
    QUEUE,
    ROOT,
    SCORES,
    show_home,
)
from moderation.web.routes import Access, Handler, Route
from moderation.web.sessions import LINK_PATH

_ENDPOINT = f"{ENDPOINTS}/{{endpoint:{ID}}}"


def _own(path: str, handler: Handler, summary: str) -> Route:
    return page_route("POST", f"{ACCOUNT}/{path}", handler, Access.MODERATOR, summary)


def _others(path: str, handler: Handler, summary: str) -> Route:
    return page_route("POST", f"{ACCOUNTS}/{{account:{ID}}}/{path}", handler, Access.ADMIN, summary)


def _on_comment(path: str, handler: Handler, summary: str) -> Route:
    return page_route("POST", f"{comment.COMMENTS}/{{comment:{ID}}}/{path}", handler, Access.MODERATOR, summary)


_REVIEW = (
    page_route("GET", QUEUE, queue.show_queue, Access.MODERATOR, "What waits for a person"),
    page_route("POST", f"{QUEUE}/decisions", queue.send_many, Access.MODERATOR, "Decide many comments"),
    page_route("GET", SCORES, scores.show_scores, Access.MODERATOR, "The queue by score"),
    page_route("GET", f"{comment.COMMENTS}/{{comment:{ID}}}", comment.show_comment, Access.MODERATOR, "One comment"),
    _on_comment("decisions", comment.send_decision, "Decide a comment"),
    _on_comment("notes", comment.send_note, "Note something about a comment"),
    _on_comment("claim", comment.send_claim, "Claim a comment"),
    _on_comment("release", comment.send_release, "End a claim"),
    page_route(
        "POST", f"{ROOT}/decisions/{{decision:{ID}}}/undo", comment.send_undo, Access.MODERATOR, "Undo a decision"
    ),
    page_route(
        "POST", f"{ROOT}/batches/{{batch:{ID}}}/undo", comment.send_undo_batch, Access.MODERATOR, "Undo a batch"
    ),
)

_TOLD = (
    page_route("GET", APPEALS, appeals.show_appeals, Access.MODERATOR, "Appeals that wait"),
    page_route("POST", f"{APPEALS}/{{appeal:{ID}}}", appeals.send_appeal, Access.MODERATOR, "Decide on an appeal"),
    page_route("GET", ENDPOINTS, endpoints.show_endpoints, Access.ADMIN, "Where a site is told"),
    page_route("POST", ENDPOINTS, endpoints.send_endpoint, Access.ADMIN, "Add an endpoint"),
    page_route("GET", _ENDPOINT, endpoints.show_endpoint, Access.ADMIN, "The delivery log of an endpoint"),
    page_route("POST", f"{_ENDPOINT}/switch", endpoints.send_switch, Access.ADMIN, "Switch an endpoint on or off"),
    page_route("POST", f"{_ENDPOINT}/rotate", endpoints.send_rotate, Access.ADMIN, "Give an endpoint a new secret"),
    page_route("POST", f"{_ENDPOINT}/replay", endpoints.send_replay, Access.ADMIN, "Have an endpoint told again"),
)

ROUTES = (
    *_REVIEW,
    *DESK,
    *_TOLD,
    page_route("GET", ROOT, show_home, Access.MODERATOR, "Where people begin"),
    page_route("GET", f"{ROOT}/", show_home, Access.MODERATOR, "Where people begin"),
    page_route("POST", f"{ROOT}/device", device_form.send_device, Access.MODERATOR, "How this browser shows pages"),
    page_route("GET", LOGIN, login.show_login, Access.PUBLIC, "The form to log in"),
    page_route("POST", LOGIN, login.send_login, Access.PUBLIC, "Log in"),
    page_route("POST", f"{ROOT}/logout", login.leave, Access.PUBLIC, "Log out"),
    page_route("GET", f"{LINK_PATH}{{key}}", links.show_link, Access.PUBLIC, "What a one-time link is for"),
    page_route("POST", f"{LINK_PATH}{{key}}", links.send_link, Access.PUBLIC, "Use a one-time link up"),
    page_route("GET", f"{ROOT}/static/{{name}}", ASSETS.serve, Access.PUBLIC, "What pages are made of"),
    page_route("GET", ACCOUNT, account.show_account, Access.MODERATOR, "One's own account"),
    _own("password", account.send_password, "Change the password"),
    _own("second-factor", account.send_second_factor, "Propose a second factor"),
    _own("second-factor/confirm", account.send_first_code, "Confirm the second factor"),
    _own("second-factor/remove", account.send_no_second_factor, "Take the second factor away"),
    _own("sessions/end-others", account.send_end_others, "Log all other devices out"),
    _own(f"sessions/{{session:{ID}}}/end", account.send_end, "Log a device out"),
    _own("tokens", account.send_token, "Make a token"),
    _own(f"tokens/{{token:{ID}}}/revoke", account.send_revoke, "Revoke a token"),
    _own("language", account.send_language, "Choose the language"),
    page_route("GET", ACCOUNTS, accounts.show_accounts, Access.ADMIN, "Everybody's accounts"),
    page_route("POST", ACCOUNTS, accounts.send_account, Access.ADMIN, "Add an account"),
    _others("change", accounts.send_change, "Change role and sites"),
    _others("disable", accounts.send_disable, "Disable an account"),
    _others("reset", accounts.send_reset, "Make a link for a new password"),
    _others("recover", accounts.send_recover, "Take a second factor away"),
)
