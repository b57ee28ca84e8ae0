/**
 * One instrument's book and tape. Messages change plain objects; whatever came since the last frame is drawn once, in the next one, and
 * on a slow device at most four times a second. A part that nobody shows is not subscribed to.
 */

import { get, Refused } from '../api/client.ts';
import type { Told } from '../api/stream.ts';
import type { Trade } from '../api/types.ts';
import { Book, grouped, type Level, type Sides } from '../lib/book.ts';
import { toUnits } from '../lib/decimal.ts';

import { venue, type Listed } from './venue.svelte.ts';

const FIRST_LEVELS = 100;
const TAPE_ROWS = 200;
const SLOW_PAUSE_MS = 250;
const SLOW_FRAME_MS = 50;

export class Market {
  readonly instrument: Listed;
  readonly tick: bigint;
  readonly lot: bigint;
  bids = $state.raw<readonly Level[]>([]);
  asks = $state.raw<readonly Level[]>([]);
  trades = $state.raw<readonly Trade[]>([]);
  hasBook = $state(false);
  hasTape = $state(false);
  /** Units of price in one row of the book. */
  group = $state(0n);
  rows = $state(16);
  /** The price that was chosen in the book, with a count, so that the same price chosen twice is told twice. */
  picked = $state.raw<{ price: bigint; count: number } | undefined>();
  /** Of updates that were taken in, and of frames that were drawn for them: for tests of how fast this is. */
  updates = 0;
  frames = 0;
  onTrades: ((trades: readonly Trade[]) => void) | undefined;

  #book: Book;
  #fresh: Trade[] = [];
  #isDue = false;
  #drawnMs = 0;
  #pauseMs = matchMedia('(pointer: coarse)').matches ? SLOW_PAUSE_MS : 0;

  constructor(instrument: Listed) {
    this.instrument = instrument;
    this.tick = toUnits(instrument.tick_size, instrument.priceScale) ?? 1n;
    this.lot = toUnits(instrument.lot_size, instrument.quantityScale) ?? 1n;
    this.group = this.tick;
    this.#book = new Book(instrument.priceScale, instrument.quantityScale);
  }

  /** Keep the book up to date until the returned function is called; its first picture comes by whichever way is faster. */
  watchBook(): () => void {
    this.#first();
    const end = venue.stream.listen(`book:${this.instrument.name}`, (told) => this.#tookBook(told));
    return () => {
      end();
      this.hasBook = false;
    };
  }

  watchTape(): () => void {
    return venue.stream.listen(`trades:${this.instrument.name}`, (told) => this.#tookTrades(told));
  }

  /** Every level that is known, best first, for what reckons with it. */
  side(which: 'bids' | 'asks'): readonly Level[] {
    return this.#book[which];
  }

  setGroup(group: bigint): void {
    this.group = group;
    this.redraw();
  }

  setRows(rows: number): void {
    if (rows === this.rows) return;
    this.rows = rows;
    this.redraw();
  }

  pick(price: bigint): void {
    this.picked = { price, count: (this.picked?.count ?? 0) + 1 };
  }

  redraw(): void {
    if (this.#fresh.length > 0) {
      const fresh = this.#fresh;
      this.#fresh = [];
      this.trades = [...fresh, ...this.trades].slice(0, TAPE_ROWS);
    }
    this.bids = grouped(this.#book.bids, this.rows, this.group, -1);
    this.asks = grouped(this.#book.asks, this.rows, this.group, 1);
    this.frames += 1;
  }

  async #first(): Promise<void> {
    try {
      const sides = await get<Sides>(`/instruments/${this.instrument.name}/book`, { depth: FIRST_LEVELS });
      if (this.hasBook) return;
      this.#book.replace(sides);
      this.hasBook = true;
      this.#mark();
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // the stream's snapshot comes all the same
    }
  }

  #tookBook(told: Told): void {
    this.updates += 1;
    if (told.type === 'snapshot') this.#book.replace(told.data as Sides);
    else this.#book.change(told.data as Sides);
    this.hasBook = true;
    this.#mark();
  }

  #tookTrades(told: Told): void {
    const rows = (told.data as { trades: Trade[] }).trades;
    this.hasTape = true;
    if (told.type === 'snapshot') {
      this.#fresh = [];
      this.trades = rows.slice(0, TAPE_ROWS);
    } else {
      this.updates += 1;
      this.#fresh.unshift(...rows.toReversed());
      this.onTrades?.(rows);
    }
    this.#mark();
  }

  #mark(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const draw = () =>
      requestAnimationFrame(() => {
        const begun = performance.now();
        this.#isDue = false;
        this.redraw();
        this.#drawnMs = performance.now();
        if (this.#drawnMs - begun > SLOW_FRAME_MS) this.#pauseMs = SLOW_PAUSE_MS;
      });
    const waitMs = this.#pauseMs - (performance.now() - this.#drawnMs);
    if (waitMs > 17) setTimeout(draw, waitMs);
    else draw();
  }
}
