/** What the native API says, as far as the pages read it. Decimals are strings, times RFC 3339; what may be absent is optional. */

export type Side = 'buy' | 'sell';
export type InstrumentState = 'trading' | 'post_only_session' | 'cancel_only' | 'halted';

export interface Instrument {
  instrument: string;
  base: string;
  quote: string;
  state: InstrumentState;
  tick_size: string;
  lot_size: string;
  min_quantity: string;
  max_quantity?: string;
  min_notional?: string;
  groups: string[];
  maker_fee_ppb: number;
  taker_fee_ppb: number;
  fee_rule: 'in_received' | 'in_quote';
  tax_ppb: number;
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
  version: string;
  demo: boolean;
  features: string[];
}

export interface Asset {
  asset: string;
  name: string;
  scale: number;
  fiat: boolean;
  networks: string[];
}

export type OrderStatus = 'open' | 'waiting' | 'closed';

export interface Order {
  id: string;
  client_id?: string;
  instrument: string;
  side: Side;
  type: 'limit' | 'market' | 'peg';
  status: OrderStatus;
  close_reason?: string;
  quantity?: string;
  remaining?: string;
  budget?: string;
  filled: string;
  notional: string;
  price?: string;
  average_price?: string;
  time_in_force: string;
  post_only?: boolean;
  trigger?: string;
  trigger_price?: string;
  trail?: string;
  trail_ppm?: number;
  sibling?: string;
  created: string;
  updated: string;
}

export interface Fill {
  trade: string;
  order: string;
  instrument: string;
  side: Side;
  liquidity: 'maker' | 'taker';
  price: string;
  quantity: string;
  notional: string;
  fee: string;
  fee_asset: string;
  time: string;
}

export interface Canceled {
  orders: Order[];
}

export interface Placed {
  orders: Order[];
  fills: Fill[];
}

export interface Balance {
  asset: string;
  total: string;
  available: string;
  held: string;
}

export interface Session {
  id: string;
  state: string;
  username: string;
  csrf_token: string;
}
