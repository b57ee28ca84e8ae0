"""Every reason of the native API: the core's own are all there, and nobody's name stands for two."""

from __future__ import annotations

from html import escape

from bedesten.dialects.native import errors_page, reasons
from bedesten.dialects.native.errors import DOCS
from bedesten.dialects.native.families import FAMILIES
from bedesten.dialects.native.market.render import STATES
from bedesten.domain.enums import InstrumentState, RejectReason


def test_every_refusal_of_the_core_has_a_reason_with_a_title() -> None:
    """Under the enum's own name, in lower case, with a status that says a refusal."""
    assert set(reasons.CORE) == set(RejectReason)
    for member, reason in reasons.CORE.items():
        assert reason.name == member.name.lower() and reason.title and 400 <= reason.status < 600


def test_a_reason_of_the_core_and_one_of_the_transport_agree() -> None:
    """Where both have a name, as `malformed`, they have the same status."""
    for reason in reasons.CORE.values():
        assert reasons.TRANSPORT.get(reason.name, reason).status == reason.status


def test_every_state_of_an_instrument_has_a_word() -> None:
    """The enum's own, in lower case."""
    assert {state: state.name.lower() for state in InstrumentState} == STATES


def test_every_reason_is_explained_where_its_type_leads_to() -> None:
    """Once, with its title; a type is the page's path and the reason's name."""
    page = errors_page.page().body.decode()
    found = [reason for family in FAMILIES.values() for reason in family]

    assert f"{errors_page.PATH}#" == DOCS
    assert len({reason.name for reason in found}) == len(found)
    assert {reason.name for reason in (*reasons.CORE.values(), *reasons.TRANSPORT.values())} <= {r.name for r in found}
    for reason in found:
        assert page.count(f'id="{reason.name}"') == 1 and escape(reason.title) in page
