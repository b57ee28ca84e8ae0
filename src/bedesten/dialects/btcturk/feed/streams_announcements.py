"""What an operator changed while the venue ran, for whoever joined to hear it: a channel and a model of our own.

The venue has no such channel, so that nobody hears it who did not ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btcturk.feed.render import Model, frame
from bedesten.dialects.paced import Source, Topic
from bedesten.dialects.printing import quoted

if TYPE_CHECKING:
    from bedesten.services.store_types import Announcement
    from bedesten.services.venue import Venue

_NS_PER_MS: Final = 1_000_000


class AnnouncementSource(Source):
    """Every announcement."""

    is_pulsing = False

    def __init__(self, venue: Venue) -> None:
        super().__init__()
        self.is_warm = True  # there is nothing to read first
        self.topic = Topic("announcement:all", self, lambda: _frame(venue.feeds.announced))
        venue.feeds.watch_announcements(self._tell)

    def end(self) -> None:
        """Stay warm."""

    def _tell(self, announced: Sequence[Announcement]) -> None:
        if len(self.topic.channel):
            self.topic.channel.publish(_frame(announced))


def _frame(announced: Iterable[Announcement]) -> bytes:
    rows = [
        f'{{"time":"{each.time_ns // _NS_PER_MS}","key":{quoted(each.key)},"before":{quoted(each.before)},'
        f'"after":{quoted(each.after)}}}'
        for each in reversed(list(announced))
    ]
    model = Model.ANNOUNCEMENT
    return frame(model, f'{{"channel":"announcement","event":"all","type":{model:d},"items":[{",".join(rows)}]}}')
