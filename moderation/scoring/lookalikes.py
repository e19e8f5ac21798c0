"""Letters that look like those of another script: tables of our own, of what is drawn alike or was met in spam."""

from __future__ import annotations

import re
from collections.abc import Mapping


def _pairs(rows: str) -> dict[str, str]:
    """Of rows such as "aаα bь": the letter, then what looks like it."""
    return {alike: row[0] for row in rows.split() for alike in row[1:]}


# Lower-case letters of Cyrillic, Greek, Armenian and Cherokee that are drawn like a Latin one, or were met in spam in
# its place. What is drawn alike in capitals only (Cyrillic В, Н) counts too: text is put into lower case first.
TO_LATIN = _pairs(
    "aаαάɑ bвьЬβЪъ cсϲςᏟꮯ dԁժᎠꭰ eеёєεέҽᎬꭼ fғϝքֆ gԍɡցᏀꮐ hһнհᎻꮋηή iіїιίϊᎥꭵ jјϳյᎫꭻ kкκӄᏦꮶ lӏլᏞꮮ "
    "mмᎷꮇ nпոռν oоοόσօ pрρᏢꮲ qԛզգ rгᎡꭱ sѕᏚꮪ tтτᎢꭲ uцυύսմ vѵᏙꮩ wԝшωώᎳꮃա xхχҳ yуүγўʏ zᏃꮓʐζΖ"
)
# The other way round only where the drawing is the same: for Cyrillic words that are spelt with some Latin letters.
TO_CYRILLIC = dict(zip("aceiopxyjskmtbh", "асеіорхујѕкмтвн", strict=True))
LETTERS_OF = (
    re.compile("[a-z\u00df-\u024f]"),
    re.compile("[\u0400-\u052f]"),
    re.compile("[\u0370-\u03ff\u0530-\u058f\u13a0-\u13ff\uab70-\uabbf]"),
)

# Letters that stand for Latin ones only in a word of several scripts that has nothing but such letters, as makers of
# "fancy text" write it: in Chinese, Hebrew or Thai they are what they are. One row for each script, or family of some.
_FANCY = tuple(
    map(
        _pairs,
        (
            "aᗩ bᗷ cᑕ dᗪᗞ eᗴᕮᘿ fᖴ gᘜ hᕼᖺ jᒍᒎ lᒪᒫ mᗰᘻ nᑎᘉ oᗝᓍ pᑭᕈ qᑫᕴ rᖇ sᔕᔖ tᖶ uᑌᘮ vᐯᐺᕓ wᗯᗻ x᙭ᕁᕽ yᖻ zᘔ",
            "a卂 b乃 c匚 d刀 e乇 f千下 g厶 h卄廾 i丨工 j丿 k长 l乚 m爪从 n几冂 o口〇 p卩尸 q甲 r尺 s丂 t丅 u凵 "
            "w山屮 x乂 y丫 z乙",
            "lㄥ oㄖ tㄒ uㄩ xㄨ yㄚ",
            "aค b๒๖ d๔໓ gງ iเ jว m๓ nภຖ o๏๐ q๑ rร uยน wฬผຟ yฯ zຊ",
            "dד hח iי lן mמ nמ oס pק rר tת vט wש xא yץע",
            "aⲁ bⲃ cⲥ eⲉ hⲏ iⲓ kⲕ mⲙ nⲛ oⲟ pⲣ rⲅ tⲧ uⲩ wⲱ xⲭ zⲍ",
            "aꓮ bꓐ cꓚ dꓓ eꓰ fꓝ gꓖ hꓧ iꓲ jꓙ kꓗ lꓡ mꓟ nꓠ oꓳ pꓑ rꓣ sꓢ tꓔ uꓴ vꓦ wꓪ xꓫ yꓬ zꓜ",
            "bᛒ hᚺ iᛁ kᛕ mᛖᛗ rᚱ tᛏ xᚷ",
            "o০௦೦൦໐၀ഠەⵔ lⵏ gꮆ kҝ",
        ),
    )
)
FANCY: Mapping[str, str] = {alike: letter for row in reversed(_FANCY) for alike, letter in row.items()}
FANCY_TO_LATIN: Mapping[str, str] = {**TO_LATIN, **FANCY}
_STYLES: Mapping[str, int] = {alike: number for number, row in enumerate(_FANCY) for alike in row}
_LATIN, _OTHER = -1, -2


def style_of(letter: str) -> int:
    """Returns a number that letters of the same row have in common, as all of ASCII, and all others."""
    return _STYLES.get(letter, _LATIN if letter.isascii() else _OTHER)


# Letters with a stroke are letters of their own, except in fancy text, where one of l stands for i.
STROKES: Mapping[str, str] = _pairs("dđ hħ ił oø tŧ uʉ")

# Signs that are drawn like a letter. Those of the second list stand beside letters as what they are, too.
SIGNS: Mapping[str, str] = _pairs("a₳ c₵ d∂ f₣ g₲ k₭ l₤ m₥ n₦ p₱ s₴ t₮ w₩")
SIGNS_AMONG_LETTERS: Mapping[str, str] = {**SIGNS, **_pairs("b฿₿ c¢ e€ l£ n∩ o○◯⊙ r₹ s§ t† u∪ x× y¥")}
