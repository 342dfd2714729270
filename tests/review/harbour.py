"""A made-up site whose debris reads like its articles, so that the base model keeps it."""

import json
import random

_WHO = "The harbour master|A baker|The council|An old pilot|The ferry crew|A teacher|The mayor"
_DID = "said that|explained how|remembered that|told the meeting that|had written that"
_WHAT = (
    "the ice would hold until the first week of March|the new quay cost more than the old one|"
    "nobody had asked the people of the lower town|the boats stay in when the wind is north|"
    "flour came late that winter and bread was dear|the lamps along the pier were lit again|"
    "children walked to school over the frozen bay|the bridge was closed to carts for a month"
)
_THEN = "Nobody disagreed.|It was a quiet year.|The work went on.|Most people were content."
LETTER = "Our letter from the quay is written by people who live there, and you can have it too."
VOTED = "{n} people from the town have told us what they think about this story so far."
SHOP = "The almanac with all the tides of the coming year can be had at the old customs house."
TEASERS = 3  # of the debris lines of a page


def _sentence(rng):
    return (
        f"{rng.choice(_WHO.split('|'))} {rng.choice(_DID.split('|'))} "
        f"{rng.choice(_WHAT.split('|'))}. {rng.choice(_THEN.split('|'))}"
    )


def _teaser(rng):
    year = rng.randint(1890, 1960)
    return f"Also told in these pages: how {rng.choice(_WHAT.split('|'))} in {year}."


def article(number):
    """The HTML of a page, its body lines and its debris lines."""
    rng = random.Random(number)
    body = [f"{_sentence(rng)} {_sentence(rng)}" for _ in range(5)]
    debris = [LETTER, VOTED.format(n=20 + 3 * number), SHOP]
    debris += [_teaser(rng) for _ in range(TEASERS)]
    parts = [f"<p>{text}</p>" for text in body]
    parts.insert(1, f'<p class="quay-letter">{debris[0]}</p>')
    parts.insert(3, f'<p class="tide-shop">{debris[2]}</p>')
    parts += [f'<p class="quay-voices">{debris[1]}</p>']
    parts += [f'<p class="quay-more">{text}</p>' for text in debris[3:]]
    html = (
        f"<html><head><title>Harbour tale {number}</title></head><body>"
        f"<div class=story>{''.join(parts)}</div></body></html>"
    )
    return html, body, debris


def write(path, count, host="harbour.example"):
    """A JSONL file of `count` pages of the site."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            html, _, _ = article(number)
            url = f"https://www.{host}/tales/{number}"
            file.write(json.dumps({"id": f"tale-{number:03}", "url": url, "html": html}) + "\n")
    return path
