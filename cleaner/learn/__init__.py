"""Templates learned from what repeats on the pages of a site, without any label."""
