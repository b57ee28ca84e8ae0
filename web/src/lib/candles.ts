/** Candles of the running period, kept up by trades: the past comes from the API, the present from the tape. */

/** Units: time in seconds of the period's start; prices and volume as numbers, since a chart is pixels. */
export interface Candle {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/** Seconds of each resolution that the chart offers. */
export const RESOLUTIONS = { '1m': 60, '5m': 300, '15m': 900, '1h': 3600, '4h': 14400, '1d': 86400 } as const;
export type Resolution = keyof typeof RESOLUTIONS;

/** Return the candles that change when a trade at *seconds* is taken in behind *last*: none, one, or the old and a new one. */
export function traded(last: Candle | undefined, period: number, seconds: number, price: number, quantity: number): Candle | undefined {
  const time = Math.floor(seconds / period) * period;
  if (last && time < last.time) return undefined;
  if (!last || time > last.time) return { time, open: price, high: price, low: price, close: price, volume: quantity };
  return {
    ...last,
    high: Math.max(last.high, price),
    low: Math.min(last.low, price),
    close: price,
    volume: last.volume + quantity,
  };
}

/** Return the simple moving average of closes; nothing before there are enough. */
export function movingAverage(candles: readonly Candle[], length: number): { time: number; value: number }[] {
  const found: { time: number; value: number }[] = [];
  let sum = 0;
  candles.forEach((candle, i) => {
    sum += candle.close;
    if (i >= length) sum -= candles[i - length]!.close;
    if (i >= length - 1) found.push({ time: candle.time, value: sum / length });
  });
  return found;
}

/** Return the exponential moving average of closes, begun with the simple one. */
export function exponentialAverage(candles: readonly Candle[], length: number): { time: number; value: number }[] {
  const weight = 2 / (length + 1);
  const found: { time: number; value: number }[] = [];
  let value = 0;
  candles.forEach((candle, i) => {
    if (i < length) value += candle.close / length;
    else value += (candle.close - value) * weight;
    if (i >= length - 1) found.push({ time: candle.time, value });
  });
  return found;
}
