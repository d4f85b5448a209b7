"""Documents as the editor sees them: immutable texts, positions in any encoding, and what is open now."""
