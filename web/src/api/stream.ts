/**
 * The one socket of a page. Channels are counted: the first who wants one subscribes, the last who leaves unsubscribes. A gap is never
 * passed on: the channel is asked for again. After a break everything is subscribed again, private channels from where they stopped.
 */

import { BASE } from './client.ts';

export type Connection = 'connecting' | 'live' | 'stale' | 'lost';
export interface Told {
  channel: string;
  type: 'snapshot' | 'delta';
  seq: number;
  prev?: number;
  time: string;
  resumed?: boolean;
  data: unknown;
}
export type Listener = (told: Told) => void;

const STALE_MS = 12_000; // two heartbeats and a little
const WAIT_LEAST_MS = 250;
const WAIT_MOST_MS = 10_000;
const RESUMED = new Set(['orders', 'fills', 'balances', 'deposits', 'withdrawals', 'conversions', 'session']);

interface Channel {
  listeners: Set<Listener>;
  seq?: number;
}

export class Stream {
  /** Of gaps that were seen and closed by a new snapshot. */
  gaps = 0;
  private socket: WebSocket | undefined;
  private readonly channels = new Map<string, Channel>();
  private waitMs = WAIT_LEAST_MS;
  private heardMs = 0;
  private wasLive = false;
  private isOpen = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;
  private nextId = 1;
  private readonly onState: (state: Connection, ageMs: number) => void;

  constructor(onState: (state: Connection, ageMs: number) => void) {
    this.onState = onState;
  }

  /** Connect, now and after every break. */
  open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.watch = setInterval(() => this.look(), 1_000);
    addEventListener('online', this.retryNow);
    this.connect();
  }

  /** Connect anew, as somebody else: after signing in or out, when the handshake's cookie is another. */
  renew(): void {
    for (const channel of this.channels.values()) delete channel.seq;
    this.waitMs = WAIT_LEAST_MS;
    const old = this.socket;
    this.socket = undefined;
    old?.close();
    if (this.isOpen) this.connect();
  }

  /** Listen to a channel; returns what ends it. */
  listen(name: string, listener: Listener): () => void {
    let channel = this.channels.get(name);
    if (channel) {
      channel.listeners.add(listener);
      this.again(name);
    } else {
      channel = { listeners: new Set([listener]) };
      this.channels.set(name, channel);
      this.say('subscribe', [name]);
    }
    const joined = channel;
    return () => {
      joined.listeners.delete(listener);
      if (joined.listeners.size === 0 && this.channels.get(name) === joined) {
        this.channels.delete(name);
        this.say('unsubscribe', [name]);
      }
    };
  }

  private connect(): void {
    clearTimeout(this.timer);
    this.onState(this.wasLive ? 'lost' : 'connecting', this.ageMs());
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${BASE}/stream`);
    this.socket = socket;
    socket.onopen = () => {
      if (socket !== this.socket) return;
      this.waitMs = WAIT_LEAST_MS;
      this.wasLive = true;
      this.heard();
      this.say('subscribe', [...this.channels.keys()]);
    };
    socket.onmessage = (event) => {
      if (socket === this.socket && typeof event.data === 'string') this.took(event.data);
    };
    socket.onclose = () => {
      if (socket !== this.socket || !this.isOpen) return;
      this.onState(this.wasLive ? 'lost' : 'connecting', this.ageMs());
      this.timer = setTimeout(() => this.connect(), this.waitMs * (0.5 + Math.random()));
      this.waitMs = Math.min(this.waitMs * 2, WAIT_MOST_MS);
    };
  }

  private readonly retryNow = (): void => {
    if (this.socket?.readyState === WebSocket.CLOSED) this.connect();
  };

  private took(text: string): void {
    this.heard();
    const message = JSON.parse(text) as Partial<Told> & { op?: string };
    if (message.channel === undefined || message.type === undefined) return;
    const channel = this.channels.get(message.channel);
    if (!channel) return;
    const told = message as Told;
    if (told.type === 'delta' && told.prev !== undefined && channel.seq !== undefined && told.prev !== channel.seq) {
      if (told.seq <= channel.seq) return;
      this.gaps += 1;
      this.again(told.channel);
      return;
    }
    if (told.type === 'delta' && channel.seq === undefined) return; // its snapshot is still to come
    channel.seq = told.seq;
    for (const listener of [...channel.listeners]) listener(told);
  }

  private again(name: string): void {
    const channel = this.channels.get(name);
    if (channel) delete channel.seq;
    this.say('unsubscribe', [name]);
    this.say('subscribe', [name]);
  }

  private say(op: 'subscribe' | 'unsubscribe', channels: string[]): void {
    if (this.socket?.readyState !== WebSocket.OPEN || channels.length === 0) return;
    const after: Record<string, number> = {};
    for (const name of channels) {
      const seq = this.channels.get(name)?.seq;
      if (seq !== undefined && RESUMED.has(name)) after[name] = seq;
    }
    const more = op === 'subscribe' && Object.keys(after).length > 0 ? { after } : {};
    this.socket.send(JSON.stringify({ id: this.nextId++, op, channels, ...more }));
  }

  private heard(): void {
    this.heardMs = performance.now();
    this.onState('live', 0);
  }

  private look(): void {
    if (!this.wasLive) return;
    const age = this.ageMs();
    if (this.socket?.readyState !== WebSocket.OPEN) this.onState('lost', age);
    else if (age > STALE_MS) this.onState('stale', age);
  }

  private ageMs(): number {
    return this.wasLive ? performance.now() - this.heardMs : 0;
  }
}
