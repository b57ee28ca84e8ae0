"""Answers of the house that are data."""

from __future__ import annotations

from starlette.responses import Response

from bedesten.server.protocol import DATA_POLICY, POLICY


def json_reply(body: bytes, status: int = 200, media_type: str = "application/json") -> Response:
    """Return finished data, which no cache may keep."""
    headers = {"cache-control": "no-store", POLICY.decode(): DATA_POLICY.decode()}
    return Response(body, status_code=status, media_type=media_type, headers=headers)
