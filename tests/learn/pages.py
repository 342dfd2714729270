"""A made-up site: stories that differ, and around them what stands on every page of it."""

import random

from cleaner.types import Document

SITE = "gazette.example"
_WHO = (
    "The mayor|A teacher|The harbour master|The council|One farmer|The engineer|Her sister".split(
        "|"
    )
)
_DID = "said|explained|wrote|told the paper|admitted|insisted|recalled".split("|")
_WHAT = (
    "the new bridge would open before the winter|nobody had repaired the ferry since the storm|"
    "the school needed a larger library|prices at the market had doubled in a year|"
    "the river had never been so low in August|the vote would be counted again on Sunday|"
    "half of the orchard was lost to frost|the museum would lend its oldest maps"
).split("|")
_WHY = (
    "because the money had already been spent|although few people believed it at the time|"
    "and that the work would take three more months|while others were still looking for a way out|"
    "but the decision was not theirs to make|so the families moved to the next valley"
).split("|")
# Prose that a model takes for text, and that nobody came to read.
PROMOTION = (
    "The Gazette was founded by two sisters in a room above the bakery, and for ninety years it has"
    " been written, printed and carried across the valley by the people who live in it."
)
REFRAIN = (
    "And still the river rose, and still nobody in the town believed that it would reach them."
)


def sentence(rng):
    return f"{rng.choice(_WHO)} {rng.choice(_DID)} that {rng.choice(_WHAT)}, {rng.choice(_WHY)}."


def story(rng):
    return [" ".join(sentence(rng) for _ in range(3)) for _ in range(rng.randint(4, 7))]


def page(number, *, seed=0):
    """HTML, its text as a dump, and the text that should be left."""
    rng = random.Random(f"{seed}/{number}")
    title = f"{rng.choice(_WHO)} and the {rng.choice(['bridge', 'ferry', 'market'])} {number}"
    body = story(rng)
    teasers = [sentence(rng)[:60].rsplit(" ", 1)[0] for _ in range(3)]
    likes = f"{rng.randint(2, 900)} readers liked this"
    lines = [
        "Home", "News", "Weather", title, *body, PROMOTION, likes,
        "More from the Gazette", *teasers, "Contact us", "Terms of use",
    ]  # fmt: skip
    links = "".join(f"<li><a href=/x>{text}</a></li>" for text in teasers)
    html = (
        f"<html><head><title>{title} | Gazette</title></head><body>"
        "<ul class='menu'><li><a href='/'>Home</a></li><li><a href='/n'>News</a></li>"
        "<li><a href='/w'>Weather</a></li></ul>"
        f"<div class='story'><h1>{title}</h1>{''.join(f'<p>{text}</p>' for text in body)}</div>"
        f"<div class='extra'><p>{PROMOTION}</p></div>"
        f"<p class='likes'>{likes}</p>"
        f"<h3>More from the Gazette</h3><ul>{links}</ul>"
        "<div class='foot'><a href='/c'>Contact us</a></div>"
        "<div><a href='/t'>Terms of use</a></div>"
        "</body></html>"
    )
    return html, "\n".join(lines), "\n".join(body)


def url(number):
    return f"https://www.{SITE}/2024/{1 + number % 12:02}/{1 + number % 28:02}/story-{number}"


def documents(numbers, *, form="text"):
    for number in numbers:
        html, text, _ = page(number)
        content = html if form == "html" else text
        yield Document(content, id=str(number), url=url(number), format=form)


def records(numbers, *, form="html"):
    for number in numbers:
        html, text, gold = page(number)
        content = html if form == "html" else text
        yield {"id": str(number), "url": url(number), form: content, "gold": gold}
