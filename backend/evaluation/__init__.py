"""`datachat eval`: how often a reasoner is right, how sure it is, and how fast."""
