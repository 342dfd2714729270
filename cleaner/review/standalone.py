"""A cleaned page as one HTML file that needs nothing else and runs nothing."""

from __future__ import annotations

from collections import Counter
from html import escape

from cleaner.review.survey import is_uncertain
from cleaner.types import Cleaned

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif;
  --ink: #16181d; --soft: #565c66; --ground: #fff; --red: #a3261d; --doubt: #8a5300; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e9ed; --soft: #aab0ba;
  --ground: #15171b; --red: #ff9f96; --doubt: #f0bd6a; } }
body { margin: 1rem auto; max-width: 76rem; padding: 0 1rem; color: var(--ink);
  background: var(--ground); }
h1 { font-size: 1.2rem; overflow-wrap: anywhere; }
p, ol, li { margin: 0; padding: 0; list-style: none; overflow-wrap: anywhere; }
li { display: grid; grid-template-columns: 1.2rem minmax(0, 46rem) 1fr; gap: 0 .5rem; }
li.drop > :nth-child(2) { color: var(--soft); text-decoration: line-through var(--red); }
li > :first-child { color: var(--doubt); font-weight: 700; }
li > :last-child, .about { color: var(--soft); font-size: .85rem; }
@media (max-width: 50rem) { li { grid-template-columns: 1.2rem 1fr; margin-bottom: .4rem; }
  li > :last-child { grid-column: 2; } }
"""


def page(cleaned: Cleaned) -> str:
    """The lines with their verdicts: what is dropped is struck through, doubt is marked `?`."""
    document = cleaned.document
    kept = sum(verdict.keep for verdict in cleaned.verdicts)
    reasons = Counter(v.reason for v in cleaned.verdicts if not v.keep).most_common()
    about = [f"{kept} of {len(cleaned.verdicts)} lines kept.", *cleaned.flags]
    if reasons:
        about.append("Dropped by " + ", ".join(f"{reason} ({n})" for reason, n in reasons) + ".")
    rows = []
    for line, verdict in cleaned:
        word = "keep" if verdict.keep else "drop"
        facts = f"{word} · {verdict.kind} · {verdict.probability:.2f} · {verdict.reason}"
        tag = "span" if verdict.keep else "s"
        doubt = "?" if is_uncertain(verdict) else ""
        rows.append(
            f'<li class="{word}" title="{_safe(line.path or facts)}"><span>{doubt}</span>'
            f'<{tag} dir="auto">{_safe(line.text)}</{tag}><span>{_safe(facts)}</span></li>'
        )
    title = _safe(cleaned.title or document.url or document.id or "page")
    listed = "\n".join(rows)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1 dir="auto">{title}</h1>
<p class="about">{_safe(document.url or document.id)}</p>
<p class="about">{_safe(" ".join(about))}</p>
<ol>
{listed}
</ol>
</main>
</body>
</html>
"""


def _safe(text: str) -> str:
    """Text that is no markup, and can be written as UTF-8."""
    plain = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    return escape(plain, quote=True)
