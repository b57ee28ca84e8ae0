import assert from 'node:assert/strict';
import { test } from 'node:test';

import { floorTo, multiply, placesOf, readInput, toText, toUnits } from '../src/lib/decimal.ts';

test('texts become units and come back with the same digits', () => {
  for (const text of ['0.00', '86040.50', '-1.05', '12345678901234567890.12']) assert.equal(toText(toUnits(text, 2)!, 2), text);
  assert.equal(toUnits('1', 8), 100_000_000n);
  assert.equal(toText(100_000_000n, 8, 0), '1');
  assert.equal(toText(5n, 0), '5');
});

test('what is finer than the scale, or no plain decimal, is refused and never rounded', () => {
  assert.equal(toUnits('0.001', 2), undefined);
  assert.equal(toUnits('0.0100', 2), 1n);
  for (const text of ['', '1e5', '+1', '.5', '1.', ' 1', '1,5', 'NaN']) assert.equal(toUnits(text, 8), undefined);
});

test('a product of two scales is exact, rounded down or up where it must be', () => {
  assert.equal(multiply(86_040_5n, 1, 5_000_000n, 8, 2), 4_302_02n);
  assert.equal(multiply(86_040_5n, 1, 5_000_000n, 8, 2, true), 4_302_03n);
  assert.equal(multiply(2n, 0, 3n, 0, 2), 600n);
});

test('grouping goes down, below zero too', () => {
  assert.equal(floorTo(17n, 5n), 15n);
  assert.equal(floorTo(-3n, 5n), -5n);
});

test('a reader may type a comma or a point, not both, and nothing off the step', () => {
  assert.equal(readInput('0,05', 8), 5_000_000n);
  assert.equal(readInput(' 1. ', 2), 100n);
  assert.equal(readInput('.5', 1), 5n);
  assert.equal(readInput('', 2), 'empty');
  assert.equal(readInput('1.000,5', 2), 'mixed');
  assert.equal(readInput('1.000.5', 2), 'unreadable');
  assert.equal(readInput('-1', 2), 'unreadable');
  assert.equal(readInput('0.123', 2), 'too_fine');
  assert.equal(readInput('0.3', 1, 5n), 'off_step');
  assert.equal(readInput('0', 2), 'zero');
});

test('a step tells how many digits there are', () => {
  assert.equal(placesOf('0.5'), 1);
  assert.equal(placesOf('10'), 0);
});
