"""Hosts that readers cite: newspapers, broadcasters, reference works. A link there says little about spam.

Without this, a reader who only posts the address of an article looks like a spammer. The list is common knowledge, not
complete, and harmless: a host that is not on it is a link like any other. Platforms where anybody can publish are cited
as often, and are where spam wants its readers to go: links to them are a class of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_HOSTS = """
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
_CITED = frozenset(_HOSTS.split())
_PLATFORMS = frozenset(("twitter.com", "x.com", "youtu.be", "youtube.com"))
# Registered for authorities and universities only, alone or below the domain of a country (gov.uk, ac.at).
_RESERVED = frozenset(("gov", "edu", "mil"))
_RESERVED_BELOW_COUNTRY = _RESERVED | frozenset(("ac", "gouv", "gob", "govt", "gc"))
_MAX_LABELS = 4


def is_cited(labels: Sequence[str]) -> bool:
    """Tells whether a host, as its labels in order, is one that readers cite, or lies below one."""
    if len(labels) < 2:
        return False
    if labels[-1] in _RESERVED or (len(labels[-1]) == 2 and labels[-2] in _RESERVED_BELOW_COUNTRY):
        return True
    return any(host in _CITED for host in _at_or_above(labels))


def is_platform(labels: Sequence[str]) -> bool:
    """Tells whether a host, as its labels in order, is a platform where anybody can publish, or lies below one."""
    return any(host in _PLATFORMS for host in _at_or_above(labels))


def _at_or_above(labels: Sequence[str]) -> Iterator[str]:
    """Yields example.org and news.example.org for the labels of news.example.org."""
    for begin in range(2, min(len(labels), _MAX_LABELS) + 1):
        yield ".".join(labels[-begin:])
