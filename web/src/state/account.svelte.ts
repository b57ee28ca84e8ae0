/**
 * What the account has: orders, fills and balances, from a snapshot and what the stream tells after it. Counted like every channel:
 * what no screen shows is not subscribed to.
 */

import { all, call, get, newKey, Refused, type Page } from '../api/client.ts';
import type { Told } from '../api/stream.ts';
import type { Balance, Canceled, Fill, Order, Placed } from '../api/types.ts';
import { i18n } from '../i18n/index.svelte.ts';

import { venue } from './venue.svelte.ts';

const KEPT = 200; // of ended orders and of fills, until a reader asks for more
const LOOK_UPS = 5; // for an order whose fate is unknown
const LOOK_UP_MS = 1_000;

class Account {
  open = $state.raw<readonly Order[]>([]);
  history = $state.raw<readonly Order[]>([]);
  fills = $state.raw<readonly Fill[]>([]);
  balances = $state.raw<ReadonlyMap<string, Balance>>(new Map());
  isLoaded = $state(false);
  failed = $state(false);
  historyNext = $state<string | undefined>();
  fillsNext = $state<string | undefined>();
  /** The last own event, in words: fills and cancellations are announced, prices are not. */
  news = $state('');
  #watchers = 0;
  #ends: (() => void)[] = [];

  /** Whether an order waits for its trigger. */
  static isStop = (order: Order): boolean => order.status === 'waiting';

  /** Keep everything up to date until the returned function is called. */
  watch(): () => void {
    if (this.#watchers++ === 0) this.#begin();
    return () => {
      if (--this.#watchers === 0) this.#end();
    };
  }

  /** Ask for what is there now. */
  async load(): Promise<void> {
    this.failed = false;
    try {
      const [open, history, fills, balances] = await Promise.all([
        all<Order>('/orders', { status: 'open' }), get<Page<Order>>('/orders', { status: 'closed' }), get<Page<Fill>>('/fills'), all<Balance>('/balances'),
      ]);
      this.open = open;
      this.history = history.items;
      this.historyNext = history.next;
      this.fills = fills.items;
      this.fillsNext = fills.next;
      this.balances = new Map(balances.map((each) => [each.asset, each]));
      this.isLoaded = true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.failed = true;
    }
  }

  async moreHistory(): Promise<void> {
    const page = await get<Page<Order>>('/orders', { status: 'closed', after: this.historyNext });
    this.history = [...this.history, ...page.items];
    this.historyNext = page.next;
  }

  async moreFills(): Promise<void> {
    const page = await get<Page<Fill>>('/fills', { after: this.fillsNext });
    this.fills = [...this.fills, ...page.items];
    this.fillsNext = page.next;
  }

  /**
   * Place an order once. Where the answer got lost it is looked up under its key and never sent again; undefined: it was not placed.
   * Throws: Refused.
   */
  async place(body: Record<string, unknown>, tell: (text: string) => void): Promise<Order | undefined> {
    const key = newKey();
    try {
      const placed = await call<Placed>('POST', 'stop_price' in body ? '/orders/oco' : '/orders', { body, idempotencyKey: key });
      this.#show(placed);
      return placed.orders[0];
    } catch (error) {
      if (!(error instanceof Refused) || error.problem.outcome !== 'unknown') throw error;
    }
    tell(i18n.t.ticket.unknown);
    for (let i = 0; i < LOOK_UPS; i++) {
      await new Promise((done) => setTimeout(done, LOOK_UP_MS));
      try {
        return await get<Order>(`/orders/client:${key}`);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (error.problem.status === 404) return undefined;
      }
    }
    throw new Refused({ title: i18n.t.ticket.unknown, status: 503, reason: 'unavailable', outcome: 'unknown' });
  }

  async amend(order: Order, changes: Record<string, string>): Promise<void> {
    this.#show(await call<Placed>('PATCH', `/orders/${order.id}`, { body: changes }));
  }

  async cancel(order: Order): Promise<void> {
    this.#show(await call<Canceled>('DELETE', `/orders/${order.id}`));
  }

  async cancelAll(instrument?: string): Promise<void> {
    this.#show(await call<Canceled>('DELETE', '/orders', { query: { instrument } }));
  }

  /** Forget everything: somebody else is signed in, or nobody. */
  forget(): void {
    this.open = this.history = [];
    this.fills = [];
    this.balances = new Map();
    this.isLoaded = false;
    this.news = '';
  }

  #begin(): void {
    this.load();
    this.#ends = [
      venue.stream.listen('orders', (told) => this.#tookOrders(told)),
      venue.stream.listen('fills', (told) => this.#tookFills(told)),
      venue.stream.listen('balances', (told) => this.#tookBalances(told)),
    ];
  }

  #end(): void {
    this.#ends.forEach((end) => end());
    this.#ends = [];
  }

  #tookOrders(told: Told): void {
    if (told.type === 'snapshot') {
      if (told.resumed === false && this.isLoaded) this.load(); // what ended meanwhile is asked for
      this.open = (told.data as { orders: Order[] }).orders.toReversed();
      return;
    }
    const { event, order } = told.data as { event: string; order: Order };
    this.#put(order);
    if (event === 'canceled') this.news = i18n.t.orders.canceledNow(what(order));
  }

  /** Take in an order as it stands now; one that is older than what is known changes nothing. */
  #put(order: Order): void {
    const known = this.open.find((each) => each.id === order.id) ?? this.history.find((each) => each.id === order.id);
    if (known && known.updated > order.updated) return;
    if (order.status !== 'closed') {
      this.open = this.open.includes(known as Order) ? this.open.map((each) => (each === known ? order : each)) : [order, ...this.open];
    } else {
      this.open = this.open.filter((each) => each.id !== order.id);
      this.history = [order, ...this.history.filter((each) => each.id !== order.id)].slice(0, Math.max(KEPT, this.history.length));
    }
  }

  /** Show an answer at once: the stream tells the same a moment later. */
  #show(answer: Canceled & Partial<Placed>): void {
    answer.orders.forEach((order) => this.#put(order));
    this.#add(answer.fills ?? []);
  }

  #add(rows: readonly Fill[]): void {
    const keyOf = (fill: Fill) => `${fill.trade}/${fill.order}`;
    const keys = new Set(rows.map(keyOf));
    this.fills = [...rows, ...this.fills.filter((each) => !keys.has(keyOf(each)))].slice(0, Math.max(KEPT, this.fills.length));
  }

  #tookFills(told: Told): void {
    const rows = (told.data as { fills: Fill[] }).fills.toReversed();
    if (told.type === 'snapshot') {
      if (rows.length > 0 || !this.isLoaded) this.fills = rows;
      return;
    }
    this.#add(rows);
    const first = rows[0];
    if (first) this.news = i18n.t.orders.filledNow(`${i18n.t.ticket[first.side]} ${first.quantity} ${first.instrument} ${i18n.t.ticket.at} ${first.price}`);
  }

  #tookBalances(told: Told): void {
    const rows = (told.data as { balances: Balance[] }).balances;
    const known = told.type === 'snapshot' ? new Map<string, Balance>() : new Map(this.balances);
    for (const each of rows) known.set(each.asset, each);
    this.balances = known;
  }
}

const what = (order: Order): string => `${i18n.t.ticket[order.side]} ${order.quantity ?? order.budget ?? ''} ${order.instrument}`;

export const isStop = Account.isStop;
export const account = new Account();
