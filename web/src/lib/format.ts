/** How figures are shown to a reader: digits from the instrument, separators from the language. What is unknown is a dash, never 0. */

export const UNKNOWN = '–';

interface Separators {
  group: string;
  point: string;
}
const known = new Map<string, Separators>();

function separators(locale: string): Separators {
  let found = known.get(locale);
  if (!found) {
    const parts = new Intl.NumberFormat(locale, { useGrouping: 'always' }).formatToParts(12345.5);
    const of = (type: string, otherwise: string) => parts.find((part) => part.type === type)?.value ?? otherwise;
    found = { group: of('group', ','), point: of('decimal', '.') };
    known.set(locale, found);
  }
  return found;
}

/** Return a decimal text as a reader writes it; *places*: digits behind the point, padded or cut (never rounded up). */
export function decimal(text: string | undefined, locale: string, places?: number): string {
  if (text === undefined || text === '') return UNKNOWN;
  const { group, point } = separators(locale);
  const sign = text.startsWith('-') ? '−' : '';
  const [whole = '0', fraction = ''] = (sign ? text.slice(1) : text).split('.');
  const shown = places === undefined ? fraction : fraction.slice(0, places).padEnd(places, '0');
  return sign + whole.replace(/\B(?=(\d{3})+$)/g, group) + (shown ? point + shown : '');
}

/** Return a large amount in three or four digits with its power of a thousand: 35.5 M. For overviews, not for money that moves. */
export function compact(text: string | undefined, locale: string): string {
  if (text === undefined) return UNKNOWN;
  return new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 4 }).format(Number(text));
}

/** Return the change from *open* to *last* in hundredths of a percent; undefined where one is unknown. */
export function changeBps(open: string | undefined, last: string | undefined): number | undefined {
  if (!open || !last || Number(open) === 0) return undefined;
  return Math.round((Number(last) / Number(open) - 1) * 10_000);
}

/** Return a change with its sign, so that it is told by more than colour. */
export function change(bps: number | undefined, locale: string): string {
  if (bps === undefined) return UNKNOWN;
  const sign = bps > 0 ? '▲ +' : bps < 0 ? '▼ −' : '';
  const figure = decimal((Math.abs(bps) / 100).toFixed(2), locale);
  return `${sign}${figure} %`;
}

/** Return the class of a change: up, down or neither. */
export const tone = (bps: number | undefined): string => (bps === undefined || bps === 0 ? '' : bps > 0 ? 'up' : 'down');

const times = new Map<string, Intl.DateTimeFormat>();

function dateFormat(locale: string, kind: 'time' | 'moment' | 'day'): Intl.DateTimeFormat {
  const key = `${locale}/${kind}`;
  let found = times.get(key);
  if (!found) {
    const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
    const date = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    found = new Intl.DateTimeFormat(locale, kind === 'time' ? clock : kind === 'day' ? date : { ...date, ...clock });
    times.set(key, found);
  }
  return found;
}

/** Return the reader's local time of an RFC 3339 text; the day too where *kind* says so. */
export function time(rfc3339: string | undefined, locale: string, kind: 'time' | 'moment' | 'day' = 'time'): string {
  const at = rfc3339 === undefined ? NaN : Date.parse(rfc3339);
  return Number.isNaN(at) ? UNKNOWN : dateFormat(locale, kind).format(at);
}
