"""The explorer speaks the sockets: it connects, says an example and shows what comes, and hangs up when its reader goes on."""

from __future__ import annotations

from tests.browser.visitor import Visitor


def test_a_socket_is_spoken_to_from_its_page(visitor: Visitor) -> None:
    """An example is sent as it stands, and the answer and the snapshot are read; then the connection is closed by hand."""
    from playwright.sync_api import expect

    page = visitor.open("/docs#native/WS%20/native/v1/stream")
    heard = page.get_by_role("log", name="Messages")
    page.get_by_role("button", name="Connect").click()
    expect(heard).to_contain_text('"channel":"heartbeat"')
    page.get_by_label("Example").select_option(label="book:{instrument}@{group}")
    page.get_by_role("button", name="Send", exact=True).click()

    expect(heard).to_contain_text('"op":"subscribed"')
    expect(heard).to_contain_text('"type":"snapshot"')
    page.get_by_role("button", name="Disconnect").click()
    expect(heard).to_contain_text("closed, 100")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()


def test_a_login_is_signed_in_the_page(visitor: Visitor) -> None:
    """With a demo account's key, which then hears its own orders."""
    from playwright.sync_api import expect

    page = visitor.open("/docs#native/WS%20/native/v1/stream")
    heard = page.get_by_role("log", name="Messages")
    page.get_by_role("button", name="Connect").click()
    page.get_by_role("button", name="Log in").click()
    expect(heard).to_contain_text('"op":"logged_in"')
    page.get_by_label("Example").select_option(label="orders")
    page.get_by_role("button", name="Send", exact=True).click()

    expect(heard).to_contain_text('"channel":"orders","type":"snapshot"')
