"""Links: how many hosts outside the site a text points to.

Counted are addresses with a scheme, `www.` hosts, and bare domains; a link in Markdown, HTML or BBCode counts once,
although its text may be an address too. Not counted are e-mail addresses, links inside the page (`#…`, `/…`), and the
site with its subdomains. Addresses are only read, never resolved.
"""

from __future__ import annotations

import re
from functools import lru_cache

from moderation.policy.letters import UNSPACED, folded


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Common in addresses and not in prose; ours, from experience with comment spam.
_GENERIC = _set("""
    app biz blog bond buzz casino click club cloud com cyou dating dev digital edu fun gov guru icu info ink int lol ltd
    mil mobi monster net news ninja one online org party poker porn pro quest rest review sbs sex sexy shop site space
    store stream tech top trade vip webcam website wiki win work world wtf xin xxx xyz
""")
# Countries and territories (ISO 3166-1 alpha-2, and eu, uk, su, ac).
_COUNTRIES = _set("""
    ac ad ae af ag ai al am ao ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf cg
    ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh
    gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp
    kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc
    ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si
    sk sl sm sn so sr ss st su sv sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi
    vn vu wf ws ye yt za zm zw
""")
_INTERNATIONAL = _set("""
    рф рус укр бел мон қаз срб онлайн сайт москва дети ελ бг 中国 中國 公司 网络 网址 在线 香港 台湾 한국 ไทย
""")
_TOP_LEVEL = _GENERIC | _COUNTRIES | _INTERNATIONAL

# Words, abbreviations and file endings. Readers forget the blank after a full stop ("good.It is"), so one of these
# makes a bare domain only if a path follows it.
_ALSO_WORDS = _set("""
    ai al am an as at be by cc co do du es et fun id ie il in is it la li lo ma md me mm mo ms mu my na ne news ni no om
    on one pa party pm pr pro ps py quest re rest review sa sb sh si so space st su th to tr trade us va vi win work
    world
""")

_LETTER = r"[^\W_]"
# Each part begins where the one before must end, so that every run is read a bounded number of times.
_LINK = re.compile(
    rf"""
    (?P<opener> \b(?:href|src|url)\s{{0,3}}=\s{{0,3}}["']? | \]\(\s{{0,3}}<? )?
    (?: (?:(?:https?|hxxps?|ftp):[/\\]{{1,9}} | (?<=["'(=<])[/\\]{{2}})
        (?P<authority>\[[0-9a-f:.]{{2,45}}\] | [^\s/\\?\#<>"'()\[\],;|。，、]+)
      | (?: (?<![\w@.-])[.-]* | (?<=\.\.) )
        (?P<bare>(?:{_LETTER}[\w-]*\.)+
            (?: [a-z]{{2,24}}(?=[{UNSPACED}]) | (?:xn--[a-z0-9-]+|[^\W\d_]+)(?![\w@-]|\.\w) ))
        (?::\d{{1,5}})?
    )
    (?P<path>[/\\?\#][^\s<>"'()\[\]]*)?
    """,
    re.VERBOSE,
)
# A dot between letters or digits, or a slash behind one of some signs; written so that all else is passed over quickly.
_MAYBE_DOT = re.compile(r"\.(?<=\w\.)\w")
_MAYBE_SLASH = re.compile(r"[/\\](?<=[:\"'(=<][/\\])")
# "看daily.example谢谢": nothing parts the address from the sentence around it.
_GLUED = re.compile(rf"^[{UNSPACED}]+(?=[a-z0-9])|(?<=[a-z0-9])[{UNSPACED}]+$")
# What stands between the address of a link and a text that is an address again.
_BEFORE_TEXT = re.compile(r"""["']?[^<>]{0,300}>\s?|["']?\]\s?""")


def count_links(text: str, site_host: str) -> int:
    """Returns the number of links in the text that lead away from `site_host` (a host name; `www.` and a port are
    ignored). Takes time in proportion to the length of the text."""
    return count_links_in(folded(text), site_host)


def has_at_most(links: int, text: str) -> bool:
    """Tells of nearly every text without more links than this that it has no more; false says nothing. In ASCII, a text
    need not be folded for that."""
    # Each link has a dot or a slash of its own.
    if sum(map(text.count, "./\\")) <= links:
        return True
    # And nearly always one of its own that may be part of a link; behind a hyphen a host begins all the same.
    maybe = len(_MAYBE_DOT.findall(text)) + text.count("-.")
    if "/" in text or "\\" in text:
        maybe += len(_MAYBE_SLASH.findall(text))
    return maybe <= links


def count_links_in(folded_text: str, site_host: str) -> int:
    """As `count_links`, for a text that is folded already."""
    if not _MAYBE_DOT.search(folded_text) and not _MAYBE_SLASH.search(folded_text):
        return 0
    own = _own_names(site_host)
    return sum(not _is_own(host, own) for host in _hosts(folded_text))


def _hosts(text: str) -> list[str]:
    """Returns the host of each link, in order; for a link whose text is an address, that of its target."""
    hosts: list[str] = []
    end, in_tag = 0, False
    for link in _LINK.finditer(text):
        host = _host_of(link)
        if host is None:
            continue
        opener = link["opener"] or ""
        if in_tag and _BEFORE_TEXT.fullmatch(text, end, link.start()):
            in_tag = False
            continue
        if hosts and opener.startswith("]") and link.start() == end:
            hosts.pop()
        hosts.append(host)
        end, in_tag = link.end(), opener[:1] in {"h", "s", "u"}
    return hosts


def _host_of(link: re.Match[str]) -> str | None:
    if authority := link["authority"]:
        # What stands before the @ is a user name, often one that looks like a good host.
        host = authority.rpartition("@")[2]
        return host if host.startswith("[") else host.split(":")[0].strip(".")
    host = link["bare"]
    if host.startswith("www."):
        return host
    top = host.rpartition(".")[2]
    plausible = top.startswith("xn--") or top in _TOP_LEVEL
    sure = top not in _ALSO_WORDS or (link["path"] or "").startswith("/")
    return host if plausible and sure else None


def _is_own(host: str, own: tuple[str, ...]) -> bool:
    host = host if host.isascii() else _GLUED.sub("", host)
    return host in own or host.endswith(tuple(f".{name}" for name in own))


@lru_cache(maxsize=1024)
def _own_names(site_host: str) -> tuple[str, ...]:
    """Returns the site's name as it is and, if it is an international one, in its other spelling."""
    name = folded(site_host).split(":")[0].strip(".").removeprefix("www.")
    try:
        other = name.encode("ascii").decode("idna") if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        other = name
    return tuple({name, other} - {""})
