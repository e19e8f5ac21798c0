"""How good the recipe of the bundled classifier is on what it has not seen, beside its peers and published figures."""
