"""What axe has against a page in a real browser."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_SCRIPT = Axe().axe_script

# A formula has the colours of what it stands in and of its parts' classes: of those that share these one is looked at.
_RUN = """async options => {
  const known = new Set();
  const again = [...document.querySelectorAll("math")].filter(one => {
    const kind = [...new Set([...one.querySelectorAll("[class]")].map(part => part.className))].sort();
    for (let at = one; at; at = at.parentElement) kind.push(`${at.tagName} ${at.className}`);
    return known.has(kind.join()) || !known.add(kind.join());
  });
  const found = await axe.run(again.length ? {exclude: again} : document, options);
  return found.violations.map(one => ({id: one.id, impact: one.impact, html: one.nodes.map(node => node.html)}));
}"""


def barriers(page: Page, *rules: str) -> list[dict[str, Any]]:
    """What breaks these rules, or any: `id` of the rule, `impact`, `html` of the elements."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(
        _RUN, {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    )
    return found


def barriers_in_the_dark(page: Page) -> list[dict[str, Any]]:
    """The dark page is the light one in other colours."""
    page.emulate_media(color_scheme="dark")
    found = barriers(page, "color-contrast", "link-in-text-block")
    page.emulate_media(color_scheme="light")
    return found
