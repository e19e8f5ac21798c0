"""Common names, made-up nicknames and ordinary homes on the web: what an honest author fills in. No real persons."""

from __future__ import annotations

_GIVEN = (
    "Ana Maria Anna John James Robert Michael David William Mary Linda Susan Karen Sarah Emma Olivia Noah Liam "
    "Peter Paul Mark Luke Thomas Daniel George Henry Jack Alice Ruth Laura Julia Sofia Lucia Carmen Pedro Juan "
    "Carlos Luis Miguel Hans Jürgen Klaus Uwe Heike Ingrid Sabine Petra Monika Pierre Jean Marie Claire Luc "
    "Giovanni Marco Paolo Giulia Chiara Piotr Katarzyna Ivan Olga Dmitri Natalia Sergei Tatiana Ahmed Fatima Omar "
    "Layla Yusuf Aisha Mehmet Ayşe Wei Ming Li Yuki Hiroshi Kenji Min-jun Ji-woo Arjun Priya Rahul Anita Kwame "
    "Ama Chidi Ngozi Lars Ingrid Sven Astrid Mikko Aino Jan Eva Tomáš Zoltán Ioana Nikos Eleni"
)
_FAMILY = (
    "Smith Johnson Brown Jones Miller Davis Wilson Taylor Clark Lewis Walker Hall Young King Wright Hill Green "
    "Baker Carter Müller Schmidt Schneider Fischer Weber Wagner Becker Hoffmann Martin Bernard Dubois Moreau "
    "Garcia Martinez Lopez Gonzalez Perez Rossi Ferrari Bianchi Silva Santos Costa Novak Kowalski Nowak Petrov "
    "Ivanova Popov Jensen Hansen Larsen Andersson Virtanen Yilmaz Kaya Khan Ali Hussein Chen Wang Zhang Tanaka "
    "Suzuki Kim Park Patel Sharma Singh Okafor Mensah OBrien Murphy Kelly Campbell Stewart"
)
GIVEN_NAMES = tuple(_GIVEN.split())
FAMILY_NAMES = tuple(_FAMILY.split())
NICKNAMES = (
    "Old Reader", "bookworm", "citizen42", "Just Me", "a neighbour", "Northern Light", "grumpy_old_man", "TaxPayer",
    "concerned parent", "Anonymous", "hiker77", "The Librarian", "coffee first", "RetiredTeacher", "skeptic",
    "Left of Center", "voter", "commuter", "Hausfrau", "Stammleser", "lecteur", "vecina", "mountain goat", "nurse_k",
    "Farmer Joe", "dogwalker", "Mr. Nobody", "truthseeker", "JB", "K. M.", "reader from Ohio", "night owl",
)  # fmt: skip
HOMES = (
    "{given}{family}.com", "www.{given}{family}.net", "{given}-{family}.de", "{family}.org", "{given}.wordpress.com",
    "{given}{family}.blogspot.com", "{given}.tumblr.com", "{given}{family}.github.io", "medium.com/@{given}",
    "{given}{family}.substack.com", "www.facebook.com/{given}.{family}", "twitter.com/{given}{family}",
    "www.instagram.com/{given}", "www.linkedin.com/in/{given}-{family}", "{family}-family.co.uk", "{given}writes.com",
    "mastodon.social/@{given}", "www.{family}photography.com", "{given}.me", "blog.{family}.eu",
)  # fmt: skip
