/**
 * A book as the stream tells it: two sides of levels, best first. Quantities are absolute, so that a level said twice is harmless;
 * a gap in the numbers is not, and the caller asks for the book again.
 */

import { floorTo, toUnits } from './decimal.ts';

/** Units: price and quantity in the instrument's scales. */
export interface Level {
  price: bigint;
  quantity: bigint;
}
export type Sides = { bids: readonly (readonly [string, string])[]; asks: readonly (readonly [string, string])[] };

export class Book {
  bids: Level[] = [];
  asks: Level[] = [];
  readonly priceScale: number;
  readonly quantityScale: number;

  constructor(priceScale: number, quantityScale: number) {
    this.priceScale = priceScale;
    this.quantityScale = quantityScale;
  }

  /** Replace everything by a snapshot. */
  replace(sides: Sides): void {
    this.bids = [];
    this.asks = [];
    this.change(sides);
  }

  /** Take in changed levels; quantity 0 takes a level away. */
  change(sides: Sides): void {
    for (const [price, quantity] of sides.bids) this.set(this.bids, price, quantity, -1);
    for (const [price, quantity] of sides.asks) this.set(this.asks, price, quantity, 1);
  }

  private set(side: Level[], priceText: string, quantityText: string, direction: 1 | -1): void {
    const price = toUnits(priceText, this.priceScale);
    const quantity = toUnits(quantityText, this.quantityScale);
    if (price === undefined || quantity === undefined) return;
    let low = 0;
    let high = side.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const before = direction === 1 ? side[middle]!.price < price : side[middle]!.price > price;
      if (before) low = middle + 1;
      else high = middle;
    }
    const isThere = side[low]?.price === price;
    if (quantity === 0n) {
      if (isThere) side.splice(low, 1);
    } else if (isThere) side[low]!.quantity = quantity;
    else side.splice(low, 0, { price, quantity });
  }
}

/** Return the best *count* levels of a side in groups of *step* units: bids rounded down, asks up, so that none looks better than it is. */
export function grouped(side: readonly Level[], count: number, step: bigint, direction: 1 | -1): Level[] {
  const found: Level[] = [];
  for (const { price, quantity } of side) {
    const floor = floorTo(price, step);
    const at = direction === 1 && floor !== price ? floor + step : floor;
    const last = found.at(-1);
    if (last?.price === at) last.quantity += quantity;
    else if (found.length === count) break;
    else found.push({ price: at, quantity });
  }
  return found;
}

/** What an order would meet: how much is filled, its cost in quote units of both scales together, and the worst price. */
export interface Walk {
  filled: bigint;
  cost: bigint;
  worst: bigint | undefined;
}

/** Walk a side for *quantity*, at no worse price than *limit*. */
export function walk(side: readonly Level[], quantity: bigint, direction: 1 | -1, limit?: bigint): Walk {
  let left = quantity;
  let cost = 0n;
  let worst: bigint | undefined;
  for (const level of side) {
    if (left === 0n || (limit !== undefined && (direction === 1 ? level.price > limit : level.price < limit))) break;
    const taken = level.quantity < left ? level.quantity : left;
    cost += taken * level.price;
    left -= taken;
    worst = level.price;
  }
  return { filled: quantity - left, cost, worst };
}
