/** What the native API says, as far as the pages read it. Decimals are strings, times RFC 3339; what may be absent is optional. */

export type Side = 'buy' | 'sell';
export type InstrumentState = 'trading' | 'post_only_session' | 'cancel_only' | 'halted';

export interface Instrument {
  name: string;
  base: string;
  quote: string;
  state: InstrumentState;
  tick_size: string;
  lot_size: string;
  min_quantity: string;
  max_quantity?: string;
  min_notional?: string;
  maker_fee_ppm?: number;
  taker_fee_ppm?: number;
}

export interface Ticker {
  instrument: string;
  last?: string;
  open?: string;
  high?: string;
  low?: string;
  volume?: string;
  quote_volume?: string;
  bid?: string;
  ask?: string;
  index?: string;
}

export interface Trade {
  id: string;
  price: string;
  quantity: string;
  side: Side;
  time: string;
}

export interface CandleRow {
  time: string;
  open: string;
  high: string;
  low: string;
  close: string;
  volume: string;
}

export interface VenueFacts {
  name: string;
  demo: boolean;
}
