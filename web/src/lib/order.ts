/**
 * An order as it is typed, read into what the API takes. Everything is checked here that the instrument's rules surely refuse; the
 * venue has the last word on the rest. Pure: the ticket shows it, and tests reckon with it.
 */

import type { Instrument, Side } from '../api/types.ts';

import { walk, type Level } from './book.ts';
import { multiply, placesOf, readInput, toText, toUnits, type InputProblem } from './decimal.ts';

export const KINDS = ['limit', 'market', 'stop', 'take_profit', 'trailing', 'peg', 'oco'] as const;
export type Kind = (typeof KINDS)[number];
export const TIMES_IN_FORCE = ['GTC', 'IOC', 'FOK', 'GTD'] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];
export const SELF_TRADES = ['cancel_newest', 'cancel_oldest', 'cancel_both', 'decrement'] as const;
export type SelfTrade = (typeof SELF_TRADES)[number];
const PPM_SCALE = 4; // digits of a percentage that are whole parts per million

/** What stands in the ticket's fields, as typed. */
export interface Draft {
  side: Side;
  kind: Kind;
  price: string;
  quantity: string;
  budget: string;
  byBudget: boolean;
  trigger: string;
  execution: 'market' | 'limit'; // what a trigger sets off
  source: 'last' | 'index';
  trail: string;
  trailBy: 'distance' | 'percent';
  deviation: string;
  shown: string;
  stopPrice: string;
  timeInForce: TimeInForce;
  until: string; // as a datetime-local field has it
  postOnly: boolean;
  selfTrade: SelfTrade;
}

export const emptyDraft = (): Draft => ({
  side: 'buy', kind: 'limit', price: '', quantity: '', budget: '', byBudget: false, trigger: '', execution: 'market', source: 'last', trail: '',
  trailBy: 'distance', deviation: '', shown: '', stopPrice: '', timeInForce: 'GTC', until: '', postOnly: false, selfTrade: 'cancel_newest',
});

export type FieldName = 'price' | 'quantity' | 'budget' | 'trigger' | 'trail' | 'deviation' | 'shown' | 'stopPrice' | 'until';
export type Problems = Partial<Record<FieldName, InputProblem>>;

/** Whether a kind has a field now. */
export function has(draft: Draft, field: FieldName | 'timeInForce' | 'postOnly'): boolean {
  const { kind } = draft;
  const isTriggered = kind === 'stop' || kind === 'take_profit' || kind === 'trailing';
  const hasLimit = kind === 'limit' || kind === 'oco' || (isTriggered && draft.execution === 'limit');
  switch (field) {
    case 'price': return hasLimit || kind === 'peg';
    case 'budget': return kind === 'market' && draft.side === 'buy' && draft.byBudget;
    case 'quantity': return !has(draft, 'budget');
    case 'trigger': return kind === 'stop' || kind === 'take_profit' || kind === 'oco';
    case 'trail': return kind === 'trailing';
    case 'deviation': case 'shown': return kind === 'peg';
    case 'stopPrice': return kind === 'oco';
    case 'timeInForce': return kind === 'limit' || (isTriggered && hasLimit);
    case 'until': return has(draft, 'timeInForce') && draft.timeInForce === 'GTD';
    case 'postOnly': return kind === 'limit' && (draft.timeInForce === 'GTC' || draft.timeInForce === 'GTD');
  }
}

export interface Reading {
  problems: Problems;
  /** Units of the instrument's scales. */
  values: Partial<Record<FieldName, bigint>>;
  body?: Record<string, unknown>;
}

interface Rules {
  priceScale: number;
  quantityScale: number;
  quoteScale: number;
  tick: bigint;
  lot: bigint;
}

/** Return what the fields say, and the request's body when nothing is wrong with them. */
export function read(draft: Draft, instrument: Instrument, quoteScale: number): Reading {
  const rules: Rules = {
    priceScale: placesOf(instrument.tick_size), quantityScale: placesOf(instrument.lot_size), quoteScale,
    tick: toUnits(instrument.tick_size, placesOf(instrument.tick_size)) ?? 1n, lot: toUnits(instrument.lot_size, placesOf(instrument.lot_size)) ?? 1n,
  };
  const problems: Problems = {};
  const values: Reading['values'] = {};
  for (const field of ['price', 'quantity', 'budget', 'trigger', 'trail', 'deviation', 'shown', 'stopPrice', 'until'] as const) {
    if (!has(draft, field)) continue;
    const found = readField(field, draft, rules);
    if (typeof found === 'bigint') values[field] = found;
    else if (found !== undefined) problems[field] = found;
  }
  if (Object.keys(problems).length > 0) return { problems, values };
  return { problems, values, body: bodyOf(draft, instrument, rules, values) };
}

function readField(field: FieldName, draft: Draft, rules: Rules): bigint | InputProblem | undefined {
  const { priceScale, tick } = rules;
  switch (field) {
    case 'quantity': return readInput(draft.quantity, rules.quantityScale, rules.lot);
    case 'budget': return readInput(draft.budget, rules.quoteScale);
    case 'trigger': case 'stopPrice': return readInput(draft[field], priceScale, tick);
    case 'price': return draft.kind === 'peg' && draft.price.trim() === '' ? undefined : readInput(draft.price, priceScale, tick);
    case 'trail': return draft.trailBy === 'distance' ? readInput(draft.trail, priceScale, tick) : readInput(draft.trail, PPM_SCALE);
    case 'deviation': return signed(draft.deviation);
    case 'shown': return draft.shown.trim() === '' ? undefined : readInput(draft.shown, PPM_SCALE);
    case 'until': {
      const at = Date.parse(draft.until);
      return Number.isNaN(at) ? 'empty' : BigInt(at);
    }
  }
}

function signed(typed: string): bigint | InputProblem {
  const text = typed.trim().replace('−', '-').replace(/^\+/, '');
  if (text === '' || text === '0') return text === '' ? 'empty' : 0n;
  const found = readInput(text.replace(/^-/, ''), PPM_SCALE);
  return typeof found === 'bigint' && text.startsWith('-') ? -found : found;
}

function bodyOf(draft: Draft, instrument: Instrument, rules: Rules, values: Reading['values']): Record<string, unknown> {
  const price = (units: bigint | undefined) => (units === undefined ? undefined : toText(units, rules.priceScale));
  const quantity = values.quantity === undefined ? undefined : toText(values.quantity, rules.quantityScale);
  const common = { instrument: instrument.instrument, side: draft.side, quantity, self_trade: draft.selfTrade };
  if (draft.kind === 'oco')
    return { ...common, price: price(values.price), trigger_price: price(values.trigger), stop_price: price(values.stopPrice), trigger_source: draft.source };
  const isTriggered = has(draft, 'trigger') || has(draft, 'trail');
  const type = draft.kind === 'peg' ? 'peg' : draft.kind === 'market' || (isTriggered && draft.execution === 'market') ? 'market' : 'limit';
  const body: Record<string, unknown> = { ...common, type, price: price(values.price) };
  if (values.budget !== undefined) body.budget = toText(values.budget, rules.quoteScale);
  if (has(draft, 'timeInForce')) body.time_in_force = draft.timeInForce.toLowerCase();
  if (values.until !== undefined) body.expires = new Date(Number(values.until)).toISOString();
  if (has(draft, 'postOnly') && draft.postOnly) body.post_only = true;
  if (isTriggered) Object.assign(body, triggerOf(draft, rules, values));
  if (draft.kind === 'peg') {
    body.deviation_ppm = Number(values.deviation ?? 0n);
    if (values.shown !== undefined) body.display_ppm = Number(values.shown);
  }
  for (const name of Object.keys(body)) if (body[name] === undefined) delete body[name];
  return body;
}

function triggerOf(draft: Draft, rules: Rules, values: Reading['values']): Record<string, unknown> {
  if (draft.kind !== 'trailing')
    return { trigger: draft.kind, trigger_price: toText(values.trigger ?? 0n, rules.priceScale), trigger_source: draft.source };
  return draft.trailBy === 'distance'
    ? { trigger: 'trailing_distance', trail: toText(values.trail ?? 0n, rules.priceScale), trigger_source: draft.source }
    : { trigger: 'trailing_percentage', trail_ppm: Number(values.trail ?? 0n), trigger_source: draft.source };
}

/** What an order would come to, in units of the quote and of the base asset. */
export interface Estimate {
  notional: bigint;
  fee: bigint;
  feeAsset: 'base' | 'quote';
  worst: bigint | undefined;
  /** Of quantity: what the book does not hold at that price. */
  unfilled: bigint;
}

/** Estimate an order from the book that is shown; undefined where nothing can be said. */
export function estimate(
  draft: Draft, values: Reading['values'], instrument: Instrument, scales: { base: number; quote: number }, sides: { bids: readonly Level[]; asks: readonly Level[] },
): Estimate | undefined {
  const priceScale = placesOf(instrument.tick_size);
  const quantityScale = placesOf(instrument.lot_size);
  const isBuy = draft.side === 'buy';
  const side = isBuy ? sides.asks : sides.bids;
  const priced = values.price ?? (has(draft, 'price') ? undefined : values.trigger);
  let quantity = values.quantity;
  let notional: bigint;
  let worst = priced;
  let unfilled = 0n;
  if (draft.kind === 'market') {
    if (values.budget !== undefined) {
      const bought = walkBudget(side, values.budget, scales.quote, priceScale + quantityScale);
      quantity = bought.quantity;
      worst = bought.worst;
      notional = values.budget;
    } else {
      if (quantity === undefined) return undefined;
      const met = walk(side, quantity, isBuy ? 1 : -1);
      worst = met.worst;
      unfilled = quantity - met.filled;
      notional = rescale(met.cost, priceScale + quantityScale, scales.quote, isBuy);
    }
  } else {
    if (quantity === undefined || priced === undefined) return undefined;
    notional = multiply(priced, priceScale, quantity, quantityScale, scales.quote, isBuy);
  }
  const ppb = BigInt(Math.max(instrument.maker_fee_ppb, instrument.taker_fee_ppb));
  const inBase = instrument.fee_rule === 'in_received' && isBuy;
  const of = inBase ? rescale(quantity ?? 0n, quantityScale, scales.base, false) : notional;
  const fee = (of * ppb + 999_999_999n) / 1_000_000_000n;
  return { notional, fee, feeAsset: inBase ? 'base' : 'quote', worst, unfilled };
}

function walkBudget(side: readonly Level[], budget: bigint, budgetScale: number, costScale: number): { quantity: bigint; worst: bigint | undefined } {
  let left = rescale(budget, budgetScale, costScale, false);
  let quantity = 0n;
  let worst: bigint | undefined;
  for (const level of side) {
    if (left < level.price) break;
    const affordable = left / level.price;
    const taken = affordable < level.quantity ? affordable : level.quantity;
    quantity += taken;
    left -= taken * level.price;
    worst = level.price;
    if (taken < level.quantity) break;
  }
  return { quantity, worst };
}

function rescale(units: bigint, from: number, to: number, up: boolean): bigint {
  return multiply(units, from, 1n, 0, to, up);
}
