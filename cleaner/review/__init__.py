"""Looking at what was removed, correcting it, and training on the corrections."""
