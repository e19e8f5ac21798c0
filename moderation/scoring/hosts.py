"""Hosts of which everybody knows what a link there is for: to cite, to follow somebody, to buy, or to hide its end.

A link to newspapers, broadcasters and reference works says little about spam: without that, a reader who only posts the
address of an article looks like a spammer. Platforms where anybody can publish are cited as often, and are where spam
wants its readers to go. Whoever advertises himself names his profile; what is sold, funded or downloaded has its places
too; and shorteners hide any of them. Each is a kind of its own, so that what is learned of one host is known of all.

The lists are common knowledge, not complete, and harmless: a host that is on none of them is a link like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto


class Kind(Enum):
    """What a link to a host is for."""

    CITED = auto()
    PLATFORM = auto()
    PROFILE = auto()
    OFFER = auto()
    SHORT = auto()


_CITED = """
    20min.ch abc.es abc.net.au abcnews.go.com adn.com afp.com aftenposten.no aftonbladet.se aljazeera.com
    amnesty.org ansa.it apnews.com archive.is archive.org ard.de arstechnica.com arxiv.org asahi.com axios.com
    bbc.co.uk bbc.com berlingske.dk bild.de blick.ch bloomberg.com bmj.com books.google.com bostonglobe.com
    breitbart.com britannica.com businessinsider.com buzzfeednews.com c-span.org cbc.ca cbsnews.com channel4.com
    chicagotribune.com clarin.com cnbc.com cnn.com corriere.it ctvnews.ca dailymail.co.uk dailywire.com
    dallasnews.com dawn.com denverpost.com derstandard.at dictionary.com diepresse.com dn.se doi.org dr.dk dw.com
    economist.com eldiario.es elmundo.es elpais.com engadget.com estadao.com.br euronews.com europa.eu expressen.se
    expresso.pt factcheck.org faz.net focus.de folha.uol.com.br forbes.com fortune.com foxnews.com france24.com
    francetvinfo.fr ft.com gallup.com gazeta.pl globalnews.ca globo.com goodreads.com guardian.co.uk haaretz.com
    heraldsun.com.au hindustantimes.com houstonchronicle.com hrw.org hs.fi huffingtonpost.com huffpost.com
    hurriyet.com.tr ilsole24ore.com imdb.com imf.org independent.co.uk indianexpress.com indiatimes.com iol.co.za
    ipcc.ch japantimes.co.jp jpost.com jstor.org kommersant.ru krone.at kurier.at lanacion.com.ar lapresse.ca
    lastampa.it latimes.com lavanguardia.com ledevoir.com lefigaro.fr legislation.gov.uk lemonde.fr lenta.ru
    leparisien.fr lesoir.be lexpress.fr liberation.fr livescience.com macleans.ca mainichi.jp maps.google.com
    marketwatch.com mayoclinic.org mediapart.fr meduza.io merriam-webster.com mg.co.za miamiherald.com mirror.co.uk
    montrealgazette.com motherjones.com msnbc.com n-tv.de nationalgeographic.com nationalpost.com nationalreview.com
    nato.int nature.com nbcnews.com ndtv.com nejm.org news.com.au news.sky.com news24.com newscientist.com
    newsweek.com newyorker.com nikkei.com nos.nl novayagazeta.ru npr.org nrc.nl nrk.no nu.nl nymag.com nytimes.com
    nzherald.co.nz nzz.ch oecd.org oed.com onet.pl oregonlive.com orf.at ourworldindata.org parliament.uk pbs.org
    pewresearch.org phys.org plos.org politico.com politico.eu politifact.com politiken.dk pravda.com.ua
    propublica.org publico.pt pubmed.gov radio-canada.ca rbc.ru realclearpolitics.com repubblica.it researchgate.net
    reuters.com ria.ru rp.pl rt.com rtbf.be salon.com scholar.google.com science.org sciencedirect.com
    sciencemag.org scientificamerican.com scmp.com seattletimes.com sfchronicle.com sfgate.com sky.com slate.com
    smh.com.au smithsonianmag.com snopes.com spiegel.de springer.com srf.ch standaard.be staradvertiser.com
    statista.com stern.de straitstimes.com stuff.co.nz sueddeutsche.de svd.se svt.se tagesanzeiger.ch tagesschau.de
    tagesspiegel.de tass.com taz.de techcrunch.com telegraaf.nl telegraph.co.uk texastribune.org theage.com.au
    theatlantic.com theaustralian.com.au thedailybeast.com theglobeandmail.com theguardian.com thehill.com
    thehindu.com theintercept.com thelancet.com themoscowtimes.com thestar.com thesun.co.uk thetimes.co.uk
    theverge.com time.com timesofisrael.com torontosun.com un.org unesco.org usatoday.com
    vancouversun.com vatican.va vg.no vice.com volkskrant.nl vox.com vrt.be washingtonpost.com webmd.com welt.de
    who.int wikidata.org wikimedia.org wikipedia.org wikisource.org wiktionary.org wired.com worldbank.org wsj.com
    wyborcza.pl yle.fi zdf.de zdnet.com zeit.de
    """
_PLATFORMS = "twitter.com x.com youtu.be youtube.com"
_PROFILES = """
    about.me ask.fm askfm.com bandcamp.com behance.net carrd.co chat.whatsapp.com dailymotion.com deviantart.com
    discord.com discord.gg facebook.com fb.com fb.me fiverr.com flickr.com instagr.am instagram.com line.me
    linkedin.com linktr.ee mixcloud.com myspace.com ok.ru onlyfans.com patreon.com pinterest.com
    plus.google.com reverbnation.com snapchat.com soundcloud.com spotify.com t.me telegram.me tiktok.com tumblr.com
    twitch.tv vimeo.com vk.com wa.me wattpad.com weibo.com
    """
_OFFERS = """
    4shared.com aliexpress.com alibaba.com apps.apple.com apps.facebook.com buymeacoffee.com cafepress.com cash.app
    clickbank.com clickbank.net depositfiles.com ebay.co.uk ebay.com ebay.de etsy.com gofundme.com gumroad.com
    indiegogo.com itunes.apple.com kickstarter.com ko-fi.com mediafire.com mega.co.nz mega.nz myshopify.com
    paypal.com paypal.me play.google.com rapidgator.net rapidshare.com redbubble.com shopify.com
    spreadshirt.com teespring.com temu.com thepiratebay.org turbobit.net uploaded.net wish.com
    zazzle.com zippyshare.com
    """
_SHORTENERS = """
    adf.ly bc.vc bit.do bit.ly buff.ly clck.ru cutt.ly goo.gl goo.su is.gd j.mp lnkd.in n9.cl ouo.io ow.ly q.gs qr.ae
    rb.gy rebrand.ly s.id short.gy shorte.st shorturl.at snip.ly soo.gd surl.li t.ly t2m.io tiny.cc tinyurl.com tr.im
    u.to v.gd vk.cc x.co
    """
_KINDS: Mapping[str, Kind] = {
    host: kind
    for kind, hosts in (
        (Kind.CITED, _CITED),
        (Kind.PLATFORM, _PLATFORMS),
        (Kind.PROFILE, _PROFILES),
        (Kind.OFFER, _OFFERS),
        (Kind.SHORT, _SHORTENERS),
    )
    for host in hosts.split()
}
# The last two labels of these hosts: most others are seen not to be among them, or below one, by theirs.
_ENDS = frozenset(".".join(host.split(".")[-2:]) for host in _KINDS)
# Registered for authorities and universities only, alone or below the domain of a country (gov.uk, ac.at).
_RESERVED = frozenset(("gov", "edu", "mil"))
_RESERVED_BELOW_COUNTRY = _RESERVED | frozenset(("ac", "gouv", "gob", "govt", "gc"))
_MAX_LABELS = 4


def kind_of(labels: Sequence[str]) -> Kind | None:
    """Returns the kind of a host, given its labels in order, or of the nearest one on a list that it lies below."""
    if len(labels) < 2:
        return None
    if labels[-1] in _RESERVED or (len(labels[-1]) == 2 and labels[-2] in _RESERVED_BELOW_COUNTRY):
        return Kind.CITED
    if f"{labels[-2]}.{labels[-1]}" not in _ENDS:
        return None
    return next((kind for host in _at_or_above(labels) if (kind := _KINDS.get(host))), None)


def _at_or_above(labels: Sequence[str]) -> Iterator[str]:
    """Yields news.example.org and example.org for the labels of news.example.org."""
    for begin in range(min(len(labels), _MAX_LABELS), 1, -1):
        yield ".".join(labels[-begin:])
