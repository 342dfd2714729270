"""From pages with gold text to a model, and how well it does."""
