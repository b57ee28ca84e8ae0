import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Book, grouped, walk } from '../src/lib/book.ts';

const prices = (side: readonly { price: bigint }[]) => side.map((level) => Number(level.price));

test('a book kept up by deltas equals the one that is told anew', () => {
  let seed = 7;
  const chance = (most: number) => (seed = (seed * 48271) % 2147483647) % most;
  const kept = new Book(1, 3);
  kept.replace({ bids: [], asks: [] });
  const levels = { bids: new Map<number, number>(), asks: new Map<number, number>() };
  for (let i = 0; i < 2_000; i++) {
    const side = chance(2) ? 'bids' : 'asks';
    const price = side === 'bids' ? 1 + chance(50) : 60 + chance(50);
    const quantity = chance(3) === 0 ? 0 : 1 + chance(9);
    if (quantity) levels[side].set(price, quantity);
    else levels[side].delete(price);
    kept.change({ bids: [], asks: [], [side]: [[`${price}.0`, `${quantity}.000`]] });
  }
  const told = new Book(1, 3);
  const rows = (side: Map<number, number>) => [...side].map(([price, quantity]) => [`${price}.0`, `${quantity}.000`] as const);
  told.replace({ bids: rows(levels.bids), asks: rows(levels.asks) });
  assert.deepEqual(kept.bids, told.bids);
  assert.deepEqual(kept.asks, told.asks);
  assert.deepEqual(prices(kept.bids), prices(kept.bids).toSorted((a, b) => b - a));
});

test('a group makes no price look better than it is', () => {
  const bids = [{ price: 107n, quantity: 1n }, { price: 103n, quantity: 2n }, { price: 99n, quantity: 4n }];
  const asks = [{ price: 111n, quantity: 1n }, { price: 115n, quantity: 2n }, { price: 116n, quantity: 4n }];
  assert.deepEqual(grouped(bids, 9, 5n, -1), [{ price: 105n, quantity: 1n }, { price: 100n, quantity: 2n }, { price: 95n, quantity: 4n }]);
  assert.deepEqual(grouped(asks, 9, 5n, 1), [{ price: 115n, quantity: 3n }, { price: 120n, quantity: 4n }]);
  assert.deepEqual(prices(grouped(asks, 1, 5n, 1)), [115]);
});

test('walking a side tells what is met, what it costs and the worst price', () => {
  const asks = [{ price: 10n, quantity: 2n }, { price: 12n, quantity: 5n }];
  assert.deepEqual(walk(asks, 4n, 1), { filled: 4n, cost: 44n, worst: 12n });
  assert.deepEqual(walk(asks, 4n, 1, 11n), { filled: 2n, cost: 20n, worst: 10n });
  assert.deepEqual(walk([], 4n, 1), { filled: 0n, cost: 0n, worst: undefined });
});
