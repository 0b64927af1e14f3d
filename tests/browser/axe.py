"""The rules of WCAG 2.1 AA, as axe-core checks them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.serving import ROOT

AXE = ROOT / "tests" / "js" / "node_modules" / "axe-core" / "axe.min.js"
NO_AXE = "axe-core is not installed: run `make javascript`, which needs Node.js 20.19 or newer with npm"
RULES = """async () => {
  const only = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] };
  const { violations } = await axe.run(document, { runOnly: only, resultTypes: ['violations'] });
  const said = ({ html, any, all, none }) => `${html.slice(0, 200)}: ${([...any, ...all, ...none][0] ?? {}).message}`;
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${said(node)}`));
}"""
NEEDED = pytest.mark.skipif(not AXE.exists(), reason=NO_AXE)


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.1 AA, in figures too: nothing is left out."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(RULES)
    return found
