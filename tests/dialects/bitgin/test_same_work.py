"""A wrong password takes the same work whether the name is somebody's or nobody's: hashes and commands, one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher

from bedesten.domain.customers import Status
from bedesten.domain.notes import encode
from bedesten.services.customers.failed_authentications import PLACES, _digest, place_of
from bedesten.services.customers.logins import CAPTCHA_AFTER, LOCKED_AFTER
from bedesten.storage.memory import open_memory
from bedesten.storage.sealing import KeySealing
from tests.dialects.bitgin.stand import SECOND, Stand, open_stand
from tests.dialects.bitgin.test_login import RIGHT, fail, form


class Work:
    """Counts the hashes that are reckoned, and the commands."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stand: Stand) -> None:
        self.done: Counter[str] = Counter()
        for name in ("hash", "verify"):
            monkeypatch.setattr(PasswordHasher, name, self._counted(name, getattr(PasswordHasher, name)))
        sequencer = stand.venue.sequencer
        monkeypatch.setattr(sequencer, "submit", self._counted("command", sequencer.submit))

    def _counted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **named: Any) -> Any:
            self.done[name] += 1
            return real(*args, **named)

        return counted

    def taken(self) -> dict[str, int]:
        """Return what was done since this was last asked."""
        found, self.done = dict(self.done), Counter()
        return found


async def works(stand: Stand, work: Work, name: str) -> list[tuple[Any, dict[str, int]]]:
    """Return the answer to each of a dozen failures under a name, and the work that it took."""
    found = []
    for count in range(LOCKED_AFTER + 2):
        stand.clock.advance(3 * SECOND)
        captcha = await stand.captcha() if count >= CAPTCHA_AFTER else {}
        work.taken()
        answer = await stand.public.post("/v1/login", form(name, "wrong", **captcha))
        found.append(((answer.status, {**answer.json, "time": 0}), work.taken()))
    return found


@pytest.mark.parametrize("first", ["known", "unknown"])
async def test_a_wrong_password_takes_the_same_work_for_every_name(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """From the first failure to the lockout and beyond, by name and by address, whoever comes first, open or shut."""
    for name in ("known", "other", "shut"):
        await stand.sign_up(name)
    customer = stand.venue.customers.by_username("shut")
    assert customer is not None
    await stand.venue.customers.register.change(customer.account, status=Status.DELETED)
    stand.venue.customers.passwords._nobodys = ""  # as behind a start
    work = Work(monkeypatch, stand)
    names = ["known", "other@example.com", "shut", "unknown", "nobody@example.com", "ünknown" * 20]

    found = {name: await works(stand, work, name) for name in sorted(names, key=lambda each: each != first)}

    begun = found[first][0]
    assert begun[1] == {
        "hash": 1,
        "verify": 1,
        "command": 1,
    }  # the hash that no password has, once
    for name, steps in found.items():
        for at, (answer, done) in enumerate(steps):
            assert answer == found[first][at][0], (name, at)
            if (name, at) != (first, 0):
                assert done == {"verify": 1, "command": 1}, (name, at)


async def test_the_two_names_of_one_customer_are_counted_like_two_of_nobody_s(stand: Stand) -> None:
    """A count that both share would tell that name and address belong together; the lockout is of the customer all the same."""
    await stand.sign_up("known")
    told = {}
    for name, address in (("known", "known@example.com"), ("unknown", "unknown@example.com")):
        told[name] = []
        for login in (name, address, name, address):
            stand.clock.advance(3 * SECOND)
            answer = (await stand.public.post("/v1/login", form(login, "wrong"))).json
            told[name].append({**answer, "time": 0})

    assert told["known"] == told["unknown"]

    for login in ("known", "known@example.com") * LOCKED_AFTER:
        stand.clock.advance(3 * SECOND)
        await stand.public.post("/v1/login", form(login, "wrong", **await stand.captcha()))
    refused = await stand.public.post("/v1/login", form("known", RIGHT, **await stand.captcha()))
    assert refused.status != 200 or refused.json["code"] != 0


async def test_failures_under_nobodys_names_outlast_a_restart() -> None:
    """As a customer's do; else a restart would say who asks for no captcha. Only digests of the names are kept."""
    store = open_memory()
    stand = await open_stand(store=store)
    await stand.sign_up("known")
    for name in ("known", "unknown"):
        await fail(stand, name, CAPTCHA_AFTER)
    await stand.venue.sequencer.stop()

    again = await open_stand(store=store, clock=stand.clock)

    answers = [(await again.public.post("/v1/login", form(name, "wrong"))).json for name in ("known", "UNKNOWN")]
    assert {**answers[0], "time": 0} == {**answers[1], "time": 0}
    assert answers[0]["code"] != (await again.public.post("/v1/login", form("else", "wrong"))).json["code"]
    assert not [batch for batch in store.batches(0) if b"unknown" in encode(batch.notes)]
    await again.close()


async def test_what_is_remembered_of_strangers_is_bounded(stand: Stand) -> None:
    """Names that share a place forget one another; nothing else is forgotten, and never how near a customer is to the lockout."""
    strangers = stand.venue.customers.logins._failed

    def place(name: str) -> int:
        return place_of(_digest(name), strangers._sealing)

    await stand.sign_up("known")
    await fail(stand, "known", 1)
    await fail(stand, "stranger 0", 2)
    assert strangers.failures("Stranger 0") == 2 and len(strangers._fold.places) == 2
    shared = next(
        name for name in map("stranger {}".format, range(1, 20 * PLACES)) if place(name) == place("stranger 0")
    )
    await fail(stand, shared, 1)

    assert (strangers.failures(shared), strangers.failures("stranger 0"), len(strangers._fold.places)) == (1, 0, 2)
    customer = stand.venue.customers.by_username("known")
    assert customer is not None and customer.login_failures == 1
    assert (await stand.public.post("/v1/login", form("known", RIGHT))).data is not None


def test_which_names_share_a_place_is_the_venues_secret() -> None:
    """Whoever could tell would let one name forget another's failures, and see which names are nobody's."""
    names = [f"stranger {at}" for at in range(64)]
    first, second, again = KeySealing(bytes(32)), KeySealing(bytes(31) + b"1"), KeySealing(bytes(32))

    found = [[place_of(_digest(name), sealing) for name in names] for sealing in (first, second, again)]

    assert found[0] == found[2]
    assert sum(one == other for one, other in zip(*found[:2], strict=True)) < 4
    plain = [int(_digest(name), 16) % PLACES for name in names]
    assert sum(one == other for one, other in zip(found[0], plain, strict=True)) < 4
