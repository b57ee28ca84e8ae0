import assert from 'node:assert/strict';
import { test } from 'node:test';

import { traded } from '../src/lib/candles.ts';
import { change, changeBps, decimal } from '../src/lib/format.ts';

test('figures have the language’s separators and the instrument’s digits', () => {
  assert.equal(decimal('86040.5', 'en', 1), '86,040.5');
  assert.equal(decimal('86040.5', 'tr', 2), '86.040,50');
  assert.equal(decimal('1234', 'zh-TW'), '1,234');
  assert.equal(decimal('-0.5', 'en'), '−0.5');
  assert.equal(decimal('12345678901234567890.1', 'en'), '12,345,678,901,234,567,890.1');
});

test('what is unknown is a dash and not zero', () => {
  assert.equal(decimal(undefined, 'en', 2), '–');
  assert.equal(change(changeBps(undefined, '1'), 'en'), '–');
  assert.equal(changeBps('0', '1'), undefined);
});

test('a change has a sign beside its colour', () => {
  assert.equal(change(changeBps('100', '100.2'), 'en'), '▲ +0.20 %');
  assert.equal(change(changeBps('100', '94.8'), 'tr'), '▼ −5,20 %');
  assert.equal(change(0, 'en'), '0.00 %');
});

test('a trade belongs to the candle of its period', () => {
  const first = traded(undefined, 60, 61, 10, 1)!;
  assert.deepEqual(first, { time: 60, open: 10, high: 10, low: 10, close: 10, volume: 1 });
  assert.deepEqual(traded(first, 60, 119, 8, 2), { time: 60, open: 10, high: 10, low: 8, close: 8, volume: 3 });
  assert.equal(traded(first, 60, 120, 8, 2)!.time, 120);
  assert.equal(traded(first, 60, 59, 8, 2), undefined);
});
