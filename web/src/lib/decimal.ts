/**
 * Decimal texts and whole numbers of units, as the API has them: strings on the wire, BigInt to reckon with. `Number` is for pixels.
 * Units: of ten to the minus *scale*.
 */

const PLAIN = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Return a decimal text in units; undefined when it is none, or finer than the scale. */
export function toUnits(text: string, scale: number): bigint | undefined {
  const match = PLAIN.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  const kept = fraction.slice(0, scale);
  if (/[1-9]/.test(fraction.slice(scale))) return undefined;
  const units = BigInt(whole + kept.padEnd(scale, '0'));
  return sign ? -units : units;
}

/** Return units as decimal text, with all of the scale's digits, or at least *places* of them. */
export function toText(units: bigint, scale: number, places = scale): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const sign = units < 0n ? '-' : '';
  if (scale === 0) return sign + digits;
  let fraction = digits.slice(-scale);
  while (fraction.length > places && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
  return sign + digits.slice(0, -scale) + (fraction ? `.${fraction}` : '');
}

/** Return how many digits stand behind the point. */
export const placesOf = (text: string): number => text.split('.')[1]?.length ?? 0;

/** Return a × b, each in units of its own scale, in units of *scale*, rounded down or up. */
export function multiply(a: bigint, aScale: number, b: bigint, bScale: number, scale: number, up = false): bigint {
  const product = a * b;
  const shift = aScale + bScale - scale;
  if (shift <= 0) return product * 10n ** BigInt(-shift);
  const divisor = 10n ** BigInt(shift);
  return up ? (product + divisor - 1n) / divisor : product / divisor;
}

/** Return units rounded down to a multiple of *step*. */
export const floorTo = (units: bigint, step: bigint): bigint => units - (((units % step) + step) % step);

/** Why a typed number is not one. */
export type InputProblem = 'empty' | 'mixed' | 'unreadable' | 'too_fine' | 'off_step' | 'zero';

/**
 * Return what a person typed in units. One point or comma is the decimal sign, never a grouping: a value with both is refused, since
 * it means two things in two countries.
 */
export function readInput(typed: string, scale: number, step = 1n): bigint | InputProblem {
  const text = typed.trim();
  if (text === '') return 'empty';
  if (text.includes('.') && text.includes(',')) return 'mixed';
  const plain = text.replace(',', '.').replace(/^\./, '0.').replace(/\.$/, '');
  if (!/^\d+(\.\d+)?$/.test(plain)) return 'unreadable';
  const units = toUnits(plain, scale);
  if (units === undefined) return 'too_fine';
  if (units === 0n) return 'zero';
  return units % step === 0n ? units : 'off_step';
}
