"""What an operator asks of the audit log: to read it, and to take note of a backup."""

from __future__ import annotations

from bedesten.services.audit import Entry
from bedesten.services.operator import forms
from bedesten.services.operator.answers import AuditRow
from bedesten.services.operator.typed import instant_ns, instant_text
from bedesten.services.threads import histories
from bedesten.services.venue import Venue


async def audit(venue: Venue, form: forms.Since) -> list[AuditRow]:
    """Return the audit log, oldest first."""
    since_ns = instant_ns(form.since) if form.since else 0
    entries = await histories.run(lambda: list(venue.audit.entries(since_ns=since_ns)))
    return [_row(entry) for entry in entries]


async def backup(venue: Venue, form: forms.BackupMade) -> list[AuditRow]:
    """Take note that a backup was made: what is done with the files needs no venue, what is said of it does."""
    return []


def _row(entry: Entry) -> AuditRow:
    return AuditRow(
        entry.number, instant_text(entry.time_ns), entry.actor, entry.action, entry.outcome, entry.particulars
    )
