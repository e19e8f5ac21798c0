"""Everything we remember. The only room that speaks SQL."""
