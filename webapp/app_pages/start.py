"""Start here: what this is, three pictures of it that are live, what to try first, and who it is for."""

from __future__ import annotations

from webapp.views.start import page

page.main()
