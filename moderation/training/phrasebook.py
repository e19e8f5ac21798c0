"""Comments of readers and of advertisers, put together from sentences of our own in two dozen languages.

No shipped collection has spam of blogs, gambling, loans or pills, and none but English, German and Russian ham. Texts
that are made up are poor examples of either, so they count little; but they name what such spam sells, and they show
that a language is no sign of it.

The sentences are in `phrases/`, a file or more for each language: `ham`, `spam`, `praise` with which tools spam blogs,
its `closing`, and `offer`, names that sell. {a|b} is one of the two, also inside each other; $link, $name, $sum and the
like are filled in. Both kinds of a language are learned together, so that no language as such looks like spam.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from string import Template

from moderation.training.lists import spam_lists
from moderation.training.names import FAMILY_NAMES, GIVEN_NAMES

HAM, SPAM, PRAISE = "ham", "spam", "praise"
_CLOSING, _OFFER = "closing", "offer"

_PATH = Path(__file__).with_name("phrases")
# English is written by most spammers of the world, whatever they speak.
_SHARE_OF_ENGLISH = 2
# How often praise ends with what it is there for. Mostly, only the author's name and link tell.
_CLOSED = 0.25
_PLACES = (
    "London Chicago Berlin Hamburg Wien Paris Lyon Madrid Sevilla Roma Lisboa Amsterdam Warszawa Москва Київ İstanbul "
    "Jakarta Stockholm Dubai Mumbai Sydney Toronto Lagos Nairobi Manila"
)
_CURRENCIES = ("${}", "${}", "€{}", "{} €", "{} euro", "£{}", "{} USD", "{}$", "Rs {}", "{} руб", "Rp {}", "{} TL")
_SELLING_WORDS = (
    "best top cheap free online easy fast win lucky royal magic super mega crypto coin cash loan bet slot casino pills "
    "pharm seo traffic deal shop store outlet date girl cam love hack mod club vip pro 24 365 777 88"
)
_ENDS_OF_HOSTS = "com com com net org info xyz top site online shop club biz ru cc vip live win pro me/x ly/x"
_ENDS_OF_CITED = "com com com org org net co.uk ca de fr es it info com.au"
PLACES, SELLING = tuple(_PLACES.split()), tuple(_SELLING_WORDS.split())
SELLING_ENDS, CITED_ENDS = tuple(_ENDS_OF_HOSTS.split()), tuple(_ENDS_OF_CITED.split())
_SELLING_PATHS = ("", "", "", "/", "/?ref=", "/promo", "/register", "/go/", "/offer", "/free", "/index.php?id=")
_CITED_SCHEMES = ("http://", "http://www.", "https://", "https://www.", "www.")
# In one of so many texts each. What neither readers nor advertisers have of their own must not tell them apart.
_DRESSED = 0.2
_SHARED_PICTURES = "👍 😂 🙏 ❤️ 😍 😢 👏 🤔 😉 🔥 😡 🎉 💪 👇 👉 :) ;-) :( <3 😊"
_PICTURES = tuple(_SHARED_PICTURES.split())

Sentences = Mapping[str, Mapping[str, Sequence[str]]]


@cache
def sentences() -> Sentences:
    """Returns the sentences of each language, by kind."""
    book: dict[str, dict[str, list[str]]] = {}
    for path in sorted(_PATH.glob("*.toml")):
        kinds = book.setdefault(path.stem.partition("-")[0], {})
        for kind, found in tomllib.loads(path.read_text(encoding="utf-8")).items():
            kinds.setdefault(kind, []).extend(found)
    return book


def spun(sentence: str, random: Random) -> str:
    """Returns a sentence with one of each {a|b} chosen, inner ones first."""
    while (end := sentence.find("}")) >= 0:
        begin = sentence.rindex("{", 0, end)
        chosen = random.choice(sentence[begin + 1 : end].split("|"))
        sentence = sentence[:begin] + chosen + sentence[end + 1 :]
    return sentence


def made(kind: str, count: int, random: Random) -> Iterator[str]:
    """Yields as many texts of a kind, each in one language, of one sentence or up to three."""
    book = sentences()
    weights = _weights(kind)
    for _ in range(count):
        (language,) = random.choices([*book], weights)
        chosen = random.sample(book[language][kind], min(len(book[language][kind]), _sentences(kind, random)))
        if kind == PRAISE and random.random() < _CLOSED:
            chosen.append(random.choice(book[language][_CLOSING]))
        yield _dressed(" ".join(_filled(spun(sentence, random), random) for sentence in chosen), random)


def _dressed(text: str, random: Random) -> str:
    """Returns a text with the haste, the exclamation marks and the pictures that readers and advertisers share."""
    if text.endswith((".", "!")) and random.random() < _DRESSED:
        text = text[:-1] + random.choice(("", "!", "!!", "...", "."))
    if random.random() < _DRESSED:
        text = f"{text} {random.choice(_PICTURES) * random.choice((1, 1, 2, 3))}"
    return text.lower() if random.random() < _DRESSED / 2 else text


def offers(count: int, random: Random) -> Iterator[str]:
    """Yields as many names of what is sold, such as authors of spam call themselves."""
    book = sentences()
    for language in random.choices([*book], _weights(_OFFER), k=count):
        yield _offer(language, random)


def _offer(language: str, random: Random) -> str:
    return " ".join(_filled(spun(random.choice(sentences()[language][_OFFER]), random), random).split())


@cache
def _weights(kind: str) -> Sequence[float]:
    """How often each language is chosen: the more it has to say, the more often."""
    return [
        (len(kinds[kind]) + 2) * (_SHARE_OF_ENGLISH if language == "en" else 1) if kind in kinds else 0
        for language, kinds in sentences().items()
    ]


def _sentences(kind: str, random: Random) -> int:
    return random.choice((1, 1, 2) if kind == SPAM else (1, 1, 2, 3))


def _filled(sentence: str, random: Random) -> str:
    if "$" not in sentence:
        return sentence
    link = selling_link(random)
    name = random.choice(GIVEN_NAMES)
    handle = f"{name.lower()}_{random.choice(SELLING)}"
    phone = f"+{random.randrange(10**10, 10**11)}"
    email = f"{name.lower()}{random.randrange(1000)}@example.com"
    return Template(sentence).safe_substitute(
        link=link,
        name=f"{name} {random.choice(FAMILY_NAMES)}" if random.random() < 0.3 else name,
        sum=_sum(random),
        number=random.choice((5, 10, 20, 30, 50, 100, 200, 500)),
        place=random.choice(PLACES),
        phone=phone,
        email=email,
        contact=random.choice((link, link, phone, email, f"@{handle}")),
        handle=handle,
        offer=_offer("en", random) if "$offer" in sentence else "",
        page=page(" ".join(random.choices(sentence.split(), k=8)), random),
        keyword=random.choice(spam_lists().phrases),
    )


def _sum(random: Random) -> str:
    value = random.choice((10, 25, 50, 100, 120, 250, 300, 500, 800)) * random.choice((1, 1, 10, 100))
    return random.choice(_CURRENCIES).format(random.choice((str(value), f"{value:,}")))


def selling_link(random: Random) -> str:
    """Returns the address of an advertised page; empty once in four times."""
    if random.random() < 0.25:
        return ""
    joint = random.choice(("", "", "-"))
    host = joint.join(random.sample(SELLING, random.choice((1, 2, 2, 3))))
    path = random.choice(_SELLING_PATHS)
    scheme = random.choice(("http://", "https://", "https://", "www.", "http://www.", ""))
    return f"{scheme}{host}{random.choice(('', '', random.randrange(100)))}.{random.choice(SELLING_ENDS)}{path}"


def page(words: str, random: Random) -> str:
    """Returns the address of a page that a reader could cite, made of these words."""
    slug = [word for word in words.lower().split() if word.isalpha() and len(word) > 2] or ["page"]
    host = random.choice(("", "-", "")).join(random.sample(slug, min(len(slug), random.choice((1, 2, 2)))))
    ending = random.choice(CITED_ENDS)
    title = "-".join(random.choices(slug, k=random.randint(3, 8)))
    date = f"{random.randint(2008, 2025)}/{random.randint(1, 12):02}"
    path = random.choice(
        (
            f"/{date}/{title}",
            f"/{date}/{title}",
            f"/news/{title}",
            f"/{title}",
            f"/{title}.html",
            f"/{random.choice(slug)}/",
            "",
            f"/article/{random.randrange(10**7)}",
            f"/blog/{date}/{random.choice(slug)}.html",
            f"/wp-content/uploads/{date}/{title}.pdf",
        )
    )
    return f"{random.choice(_CITED_SCHEMES)}{host}.{ending}{path}"
