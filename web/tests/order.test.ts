import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Instrument } from '../src/api/types.ts';
import { emptyDraft, estimate, read, type Draft } from '../src/lib/order.ts';

const BTC: Instrument = {
  instrument: 'BTC-USD', base: 'BTC', quote: 'USD', state: 'trading', tick_size: '0.5', lot_size: '0.00001', min_quantity: '0.00001', groups: ['0.5'],
  maker_fee_ppb: 1_000_000, taker_fee_ppb: 2_000_000, fee_rule: 'in_received', tax_ppb: 0,
};
const draft = (more: Partial<Draft>): Draft => ({ ...emptyDraft(), ...more });
const body = (more: Partial<Draft>) => read(draft(more), BTC, 2).body;

test('each kind of order says what it needs and nothing else', () => {
  assert.deepEqual(body({ price: '86040,5', quantity: '0.05', postOnly: true }), {
    instrument: 'BTC-USD', side: 'buy', quantity: '0.05000', self_trade: 'cancel_newest', type: 'limit', price: '86040.5', time_in_force: 'gtc', post_only: true,
  });
  assert.deepEqual(body({ kind: 'market', byBudget: true, budget: '100' }), {
    instrument: 'BTC-USD', side: 'buy', self_trade: 'cancel_newest', type: 'market', budget: '100.00',
  });
  assert.deepEqual(body({ kind: 'stop', side: 'sell', trigger: '80000', quantity: '1', source: 'index' }), {
    instrument: 'BTC-USD', side: 'sell', quantity: '1.00000', self_trade: 'cancel_newest', type: 'market', trigger: 'stop', trigger_price: '80000.0', trigger_source: 'index',
  });
  assert.equal(body({ kind: 'trailing', side: 'sell', trail: '1.5', trailBy: 'percent', quantity: '1' })!.trail_ppm, 15_000);
  assert.equal(body({ kind: 'peg', deviation: '-0.25', quantity: '1', shown: '10' })!.deviation_ppm, -2_500);
  assert.equal(body({ kind: 'oco', price: '90000', trigger: '80000', stopPrice: '79000', quantity: '1', side: 'sell' })!.stop_price, '79000.0');
});

test('a budget is for buying alone, and a time only for who asks for one', () => {
  assert.equal(body({ kind: 'market', side: 'sell', byBudget: true, quantity: '1' })!.budget, undefined);
  assert.deepEqual(read(draft({ price: '1', quantity: '1', timeInForce: 'GTD' }), BTC, 2).problems, { until: 'empty' });
  assert.equal(body({ price: '1', quantity: '1', timeInForce: 'IOC', postOnly: true })!.post_only, undefined);
});

test('what the rules surely refuse is told at the field', () => {
  assert.deepEqual(read(draft({ price: '1.3', quantity: '0' }), BTC, 2).problems, { price: 'off_step', quantity: 'zero' });
});

test('the estimate walks the book, rounds against the reader and names the asset of the fee', () => {
  const sides = { asks: [{ price: 860_000n, quantity: 1_000n }, { price: 860_005n, quantity: 9_000n }], bids: [] };
  const scales = { base: 8, quote: 2 };
  const market = draft({ kind: 'market', quantity: '0.05' });
  const found = estimate(market, read(market, BTC, 2).values, BTC, scales, sides)!;
  assert.deepEqual(found, { notional: 430_002n, fee: 10_000n, feeAsset: 'base', worst: 860_005n, unfilled: 0n });
  const large = draft({ kind: 'market', quantity: '1' });
  assert.equal(estimate(large, read(large, BTC, 2).values, BTC, scales, sides)!.unfilled, 90_000n);
  const budget = draft({ kind: 'market', byBudget: true, budget: '86' });
  assert.equal(estimate(budget, read(budget, BTC, 2).values, BTC, scales, sides)!.fee, 200n);
});
