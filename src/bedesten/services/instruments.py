"""The catalogue: what the venue lists, and how each of its APIs lists it. The rules in force are the core's.

Changes only as a whole, by `renew`, behind the commands that changed the core. Assets and instruments keep their numbers; what is
asked for afterwards is the new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from bedesten.domain.instruments import Asset, Instrument, Listing
from bedesten.domain.networks import Network


class Catalogue:
    """Assets and instruments by number and by name."""

    def __init__(
        self,
        assets: Iterable[Asset],
        instruments: Iterable[Instrument],
        listings: Mapping[str, Sequence[Listing]] | None = None,
        networks: Iterable[Network] = (),
    ) -> None:
        self.version = 0  # of what is listed: whoever keeps something made from it looks whether it is still the same
        self._listeners: list[Callable[[], None]] = []
        self.renew(assets, instruments, listings or {}, networks)

    def renew(
        self,
        assets: Iterable[Asset],
        instruments: Iterable[Instrument],
        listings: Mapping[str, Sequence[Listing]],
        networks: Iterable[Network],
    ) -> None:
        """List this from now on, and tell who watches."""
        self.assets = tuple(assets)
        self.instruments = tuple(instruments)
        self.networks = tuple(networks)
        self._listings = {name: tuple(rows) for name, rows in listings.items()}
        self._assets_by_code = {asset.code: asset for asset in self.assets}
        self._assets_by_id = {asset.id: asset for asset in self.assets}
        self._by_name = {instrument.name: instrument for instrument in self.instruments}
        self._by_id = {instrument.id: instrument for instrument in self.instruments}
        self.version += 1
        for listener in self._listeners:
            listener()

    def watch(self, listener: Callable[[], None]) -> None:
        """Call *listener* whenever something else is listed."""
        self._listeners.append(listener)

    def asset(self, code: str) -> Asset | None:
        """Return the asset of that code, if it is listed."""
        return self._assets_by_code.get(code)

    def asset_by_id(self, asset_id: int) -> Asset | None:
        """Return the asset of that number, if it is listed."""
        return self._assets_by_id.get(asset_id)

    def instrument(self, name: str) -> Instrument | None:
        """Return the instrument of that name ("BTC-USD"), if it is listed."""
        return self._by_name.get(name)

    def by_id(self, instrument_id: int) -> Instrument | None:
        """Return the instrument of that number, if it is listed."""
        return self._by_id.get(instrument_id)

    def assets_of(self, instrument_id: int) -> tuple[int, ...]:
        """Return the numbers of an instrument's base and quote."""
        instrument = self._by_id.get(instrument_id)
        return () if instrument is None else (instrument.base.id, instrument.quote.id)

    def network(self, name: str) -> Network | None:
        """Return the network of exactly that name, if it is listed."""
        return next((network for network in self.networks if network.name == name), None)

    def listings(self, name: str) -> tuple[Listing, ...]:
        """Return what the API of that name lists, in its order; nothing when the venue file has no list for it."""
        return self._listings.get(name, ())
