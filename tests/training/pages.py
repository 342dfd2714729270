"""A made-up corpus: sites with one layout each, articles and debris of random words."""

import numpy as np

WORDS = (
    "harbour winter council bridge ferry market river teacher engine garden letter island window"
    " record summer budget museum forest signal camera village bottle ticket morning theatre"
).split()
MENU = ["Home", "News", "Contact us", "Log in", "Follow us on Facebook", "Subscribe now"]


def sentence(rng, low=9, high=25):
    words = rng.choice(WORDS, rng.integers(low, high)).tolist()
    return " ".join(words).capitalize() + "."


def record(site, number, rng):
    paragraphs = [" ".join(sentence(rng) for _ in range(3)) for _ in range(rng.integers(4, 8))]
    teasers = [" ".join(rng.choice(WORDS, 5)).title() for _ in range(4)]
    menu = "".join(f"<li><a href='/{i}'>{text}</a></li>" for i, text in enumerate(MENU))
    related = "".join(f"<li><a href='/r'>{text}</a></li>" for text in teasers)
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    html = (
        f"<html><head><title>{teasers[0]} | Site</title></head><body><nav class='menu-{site}'><ul>"
        f"{menu}</ul></nav><div class='content c{site}'>{body}</div>"
        f"<aside class='related'><h3>Related</h3><ul>{related}</ul></aside>"
        f"<footer>Copyright {site}. All rights reserved.</footer></body></html>"
    )
    return {
        "id": f"{site}-{number}",
        "url": f"https://site{site}.example/{number}",
        "domain": f"site{site}.example",
        "lang": "en",
        "page_type": "article",
        "html": html,
        "gold": "\n".join(paragraphs),
    }


def corpus(sites=8, pages=3, seed=0):
    rng = np.random.default_rng(seed)
    return [record(site, number, rng) for site in range(sites) for number in range(pages)]
