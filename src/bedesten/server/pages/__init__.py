"""What a person sees: the landing page, the explorer, and the documents they are made from."""

from __future__ import annotations

from bedesten.server.pages.figures import FiguresPages
from bedesten.server.pages.prices import price_rows
from bedesten.server.pages.site import Document, make_pages

__all__ = ["Document", "FiguresPages", "make_pages", "price_rows"]
