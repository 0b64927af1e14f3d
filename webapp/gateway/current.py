"""The one gateway of this process, through which every page asks."""

from __future__ import annotations

from webapp.gateway.gateway import Gateway

gateway = Gateway()
