"""The built pages: files of bedesten/web, made by the build of web/ and ignored by git. Without them a venue has plain pages.

Owns the files and their headers, no screen. Each file is read and compressed once; a name with a hash in it never changes, so
that a browser keeps it for good.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

PREFIX: Final = "/app/assets/"
SHELL: Final = "app.html"  # the one document of every screen
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_GZIP_LEVEL: Final = 9  # it is done once
_TEXTS: Final = ("text/", "application/javascript", "application/json", "image/svg+xml")

#: What a built page may do: its own files alone, no inline script or style, and no text becomes script or markup by accident.
PAGE_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
        "require-trusted-types-for 'script'; trusted-types svelte-trusted-html"
    ),
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cache-control": "no-cache",
}


class Asset(NamedTuple):
    """A file as it is sent."""

    body: bytes
    packed: bytes | None  # compressed, where that is smaller
    media_type: str
    etag: str


class Assets:
    """The built files in memory: a megabyte at most."""

    def __init__(self, folder: Traversable | None = None) -> None:
        folder = folder or resources.files("bedesten") / "web"
        shell = folder / SHELL
        #: The document of every screen; None: the pages were not built.
        self.shell = shell.read_text(encoding="utf-8") if shell.is_file() else None
        files = folder / "assets"
        self._files: Mapping[str, Asset] = (
            {each.name: asset_of(each.name, each.read_bytes()) for each in files.iterdir() if each.is_file()}
            if self.shell is not None and files.is_dir()
            else {}
        )

    async def show(self, request: Request) -> Response:
        """Answer with a file by its name."""
        asset = self._files.get(request.path_params["name"])
        if asset is None:
            return Response(
                "no such file", status_code=404, media_type="text/plain", headers={"cache-control": "no-store"}
            )
        return asset_reply(request, asset, {"cache-control": _IMMUTABLE})


def asset_of(name: str, body: bytes) -> Asset:
    """Return a file ready to be sent."""
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if media_type == "text/javascript":
        media_type = "text/javascript; charset=utf-8"
    packed = gzip.compress(body, _GZIP_LEVEL, mtime=0) if media_type.startswith(_TEXTS) else body
    digest = hashlib.sha256(body).hexdigest()[:32]
    return Asset(body, packed if len(packed) < len(body) else None, media_type, digest)


def asset_reply(request: Request, asset: Asset, headers: Mapping[str, str]) -> Response:
    """Return the file, compressed for whoever takes that; nothing but its tag for who has it already."""
    is_packed = asset.packed is not None and "gzip" in request.headers.get("accept-encoding", "")
    etag = f'"{asset.etag}{"-gzip" if is_packed else ""}"'
    told = {**headers, "etag": etag, "vary": "accept-encoding"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=told)
    if is_packed:
        told["content-encoding"] = "gzip"
    return Response(asset.packed if is_packed else asset.body, media_type=asset.media_type, headers=told)
