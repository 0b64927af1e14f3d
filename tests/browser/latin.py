"""What a Chinese page says in Latin letters."""

from __future__ import annotations

import re

from playwright.sync_api import Page

# Names in Latin letters that Chinese keeps.
LATIN = re.compile(
    r"Alignscope|Excel|csv|Streamlit v|JSON Lines|English|Ctrl|Enter|"
    r"JSONL?|CSV|TSV|TXT|XLSX?|ODS|PNG|JPE?G|WEBP|MB|\d+B"
)
# All that is said in one part of a page: texts in sight and names for a screen reader.
SAID = """(parts) => parts.flatMap((part) => {
  const own = [part, ...part.querySelectorAll('*')].filter((e) => !e.closest('[aria-hidden="true"]'));
  const icon = '[data-testid="stIconMaterial"]'; // in a button, which has a name of its own
  const names = own.filter((e) => !e.matches(icon)).flatMap((e) =>
    ['aria-label', 'title', 'placeholder'].map((name) => e.getAttribute(name)));
  const texts = own.filter((e) => !e.closest(`${icon}, style, script`)).flatMap((e) =>
    [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data));
  return [...names, ...texts].filter((text) => text && /[A-Za-z]{2,}/.test(text));
})"""


def english(page: Page, *parts: str) -> list[str]:
    """What these parts of a page say in Latin letters that Chinese has its own words for."""
    texts = page.locator(", ".join(f'[data-testid="{part}"]' for part in parts)).evaluate_all(SAID)
    return [text for text in texts if re.search(r"[A-Za-z]{2,}", LATIN.sub("", text))]
