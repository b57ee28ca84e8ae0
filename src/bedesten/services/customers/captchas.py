"""Captchas: pictures of four letters that tell people from programs. Each is good for one answer, for five minutes.

Held in memory only: after a restart a page asks for another one.
"""

from __future__ import annotations

import base64
import hmac
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from bedesten.clock import NS_PER_S, Clock
from bedesten.services.errors import Overloaded
from bedesten.services.ports import Outbox
from bedesten.services.threads import pictures

if TYPE_CHECKING:
    from captcha.image import ImageCaptcha

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is taken for another
CHARS: Final = 4
LIFETIME_NS: Final = 300 * NS_PER_S
OPEN_MAX: Final = 10_000  # pictures that wait for their answer; the oldest gives way
DRAWING_MAX: Final = 16  # pictures being drawn: a second of work
CHANNEL: Final = "captcha"  # of what the outbox is told
ID_DIGITS: Final = 19  # a number that 64 bits hold


class Captcha(NamedTuple):
    """A picture to be read. image: JPEG in base64."""

    id: str
    image: str


class Captchas:
    """The pictures that wait for their answer. With an *outbox* it is told each answer: for programs, on a demo venue."""

    def __init__(self, clock: Clock, randomness: Callable[[int], bytes], outbox: Outbox | None = None) -> None:
        self._clock = clock
        self._randomness = randomness
        self._outbox = outbox
        self._open: OrderedDict[str, tuple[str, int]] = OrderedDict()  # id → answer and when it expires
        self._painter: ImageCaptcha | None = None
        self._drawing = 0

    async def make(self) -> Captcha:
        """Return a new picture.

        Raises: Overloaded; Stopped.
        """
        if self._drawing >= DRAWING_MAX:
            raise Overloaded(f"{DRAWING_MAX} captchas are being drawn")
        text = "".join(ALPHABET[byte % len(ALPHABET)] for byte in self._randomness(CHARS))
        number = f"{int.from_bytes(self._randomness(8), 'big') % 10**ID_DIGITS:0{ID_DIGITS}d}"
        self._drawing += 1
        try:
            image = await pictures.run(self._draw, text)
        finally:
            self._drawing -= 1
        self._open[number] = (text, self._clock.now_ns() + LIFETIME_NS)
        if len(self._open) > OPEN_MAX:
            self._open.popitem(last=False)
        if self._outbox is not None:
            await self._outbox.send(CHANNEL, number, "captcha", text)
        return Captcha(number, base64.b64encode(image).decode())

    def is_read(self, number: str, answer: str) -> bool:
        """Return whether somebody read the picture of that id; right or wrong, it is used up."""
        text, expires_ns = self._open.pop(number, ("", 0))
        is_right = hmac.compare_digest(text.encode(), answer.strip().upper().encode())
        return is_right and self._clock.now_ns() < expires_ns

    def _draw(self, text: str) -> bytes:
        if self._painter is None:
            from captcha.image import ImageCaptcha  # a tenth of a second, and Pillow

            self._painter = ImageCaptcha()
        return self._painter.generate(text, format="jpeg").getvalue()
