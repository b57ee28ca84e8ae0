/** What everybody may know of the venue: what it lists, its prices, and whether this page still hears from it. */

import { all, get } from '../api/client.ts';
import { Stream, type Connection, type Told } from '../api/stream.ts';
import type { Asset, Instrument, Ticker, VenueFacts } from '../api/types.ts';
import { placesOf } from '../lib/decimal.ts';

const REFERENCE = 'USD';

/** An instrument with what its figures need: digits behind the point. */
export interface Listed extends Instrument {
  name: string;
  priceScale: number;
  quantityScale: number;
}

class Venue {
  facts = $state.raw<VenueFacts | undefined>();
  instruments = $state.raw<readonly Listed[]>([]);
  assets = $state.raw<ReadonlyMap<string, Asset>>(new Map());
  tickers = $state.raw<ReadonlyMap<string, Ticker>>(new Map());
  connection = $state<Connection>('connecting');
  /** Since when nothing was heard, in seconds: a reader sees how old what is shown is. */
  ageSeconds = $state(0);
  readonly stream = new Stream((state, ageMs) => {
    this.connection = state;
    this.ageSeconds = Math.floor(ageMs / 1000);
  });
  #loading: Promise<void> | undefined;
  #fresh = new Map<string, Ticker>();
  #isDue = false;

  /** Load what is listed, once; a second caller waits for the first. Throws: Refused. */
  load(): Promise<void> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /** What is shown first: what is quoted in USD, then the venue's own order. The server's first page has the same. */
  get featured(): readonly Listed[] {
    return this.instruments.toSorted((a, b) => Number(a.quote !== REFERENCE) - Number(b.quote !== REFERENCE));
  }

  /** Return an instrument by its name. */
  instrument(name: string): Listed | undefined {
    return this.instruments.find((each) => each.name === name);
  }

  /** Return how many decimals an amount of an asset has. */
  scale(asset: string): number {
    return this.assets.get(asset)?.scale ?? 8;
  }

  /** Keep prices up to date until the returned function is called. */
  watchTickers(): () => void {
    const ends = [
      this.stream.listen('tickers', (told) => this.#tell(told)),
      this.stream.listen('instruments', (told) => this.#relist(told)),
    ];
    return () => ends.forEach((end) => end());
  }

  async #load(): Promise<void> {
    const [facts, instruments, tickers, assets] = await Promise.all([
      get<VenueFacts>('/venue'), all<Instrument>('/instruments'), all<Ticker>('/tickers'), all<Asset>('/assets'),
    ]);
    this.facts = facts;
    this.assets = new Map(assets.map((each) => [each.asset, each]));
    this.instruments = instruments.map(withScales);
    this.tickers = new Map(tickers.map((each) => [each.instrument, each]));
    this.stream.open();
  }

  #tell(told: Told): void {
    for (const each of (told.data as { tickers: Ticker[] }).tickers) this.#fresh.set(each.instrument, each);
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.tickers = new Map([...this.tickers, ...this.#fresh]);
      this.#fresh.clear();
    });
  }

  #relist(told: Told): void {
    const changed = new Map((told.data as { instruments: Instrument[] }).instruments.map((each) => [each.instrument, withScales(each)]));
    const known = this.instruments.map((each) => changed.get(each.name) ?? each);
    const names = new Set(known.map((each) => each.name));
    this.instruments = [...known, ...[...changed.values()].filter((each) => !names.has(each.name))];
  }
}

function withScales(instrument: Instrument): Listed {
  return { ...instrument, name: instrument.instrument, priceScale: placesOf(instrument.tick_size), quantityScale: placesOf(instrument.lot_size) };
}

export const venue = new Venue();
