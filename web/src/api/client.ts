/**
 * The native API over HTTP: this page's session, its CSRF token, refusals as problems, and an idempotency key on everything that is
 * sent, so that a person's second try is never a second order.
 */

export const BASE = '/native/v1';
const WAIT_MS = 15_000; // longer than the venue takes over anything

/** RFC 9457: what the venue says when it refuses. `reason` is stable; `facts` are what a person needs to do better. */
export interface Problem {
  type?: string;
  title: string;
  status: number;
  reason: string;
  param?: string;
  facts?: Record<string, string | number | boolean | null>;
  request_id?: string;
  outcome?: 'not_done' | 'unknown';
}

export class Refused extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.title);
    this.problem = problem;
  }
}

export interface Page<Row> {
  items: Row[];
  next?: string;
}

type Query = Record<string, string | number | boolean | undefined>;
interface Sent {
  query?: Query;
  body?: unknown;
  form?: FormData;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

let csrf: string | undefined;

/** Keep the token of this session, which every change must show. */
export function rememberCsrf(token: string | undefined): void {
  csrf = token;
}

/** Return a new key under which a change is made once, however often it is sent. */
export const newKey = (): string => crypto.randomUUID();

/** Ask the API. Throws: Refused, for every answer that is no success and for none at all. */
export async function call<Answer>(method: string, path: string, sent: Sent = {}): Promise<Answer> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method !== 'GET') {
    if (csrf) headers['x-csrf-token'] = csrf;
    if (method === 'POST') headers['idempotency-key'] = sent.idempotencyKey ?? newKey();
    if (!sent.form) headers['content-type'] = 'application/json';
  }
  const body = sent.form ?? (method === 'GET' ? undefined : JSON.stringify(sent.body ?? {}));
  const address = addressOf(path, sent.query);
  const signals = [AbortSignal.timeout(WAIT_MS), ...(sent.signal ? [sent.signal] : [])];
  let response: Response;
  try {
    response = await fetch(address, {
      method, headers, credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.any(signals), ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    if (sent.signal?.aborted) throw error;
    throw new Refused({ title: 'The venue does not answer', status: 0, reason: 'no_answer', outcome: method === 'GET' ? 'not_done' : 'unknown' });
  }
  const text = await response.text();
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as Answer;
  throw new Refused(problemOf(response, text));
}

export const get = <Answer>(path: string, query?: Query, signal?: AbortSignal): Promise<Answer> =>
  call<Answer>('GET', path, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) });

function addressOf(path: string, query: Query = {}): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') parts.set(name, String(value));
  const search = parts.toString();
  return (path.startsWith('/demo') ? path : BASE + path) + (search ? `?${search}` : '');
}

function problemOf(response: Response, text: string): Problem {
  const fallback: Problem = { title: response.statusText || `HTTP ${response.status}`, status: response.status, reason: 'unreadable' };
  const id = response.headers.get('x-request-id');
  try {
    const told = JSON.parse(text) as Partial<Problem> & { error?: string; message?: string };
    const problem: Problem = { ...fallback, ...told, status: response.status };
    if (!told.title && told.message) problem.title = told.message;
    if (!told.reason && told.error) problem.reason = told.error;
    if (id) problem.request_id = id;
    return problem;
  } catch {
    return fallback;
  }
}

/** Read a whole list, page by page, up to *most* rows. */
export async function all<Row>(path: string, query: Query = {}, most = 500): Promise<Row[]> {
  const rows: Row[] = [];
  let after: string | undefined;
  do {
    const page: Page<Row> = await get<Page<Row>>(path, { ...query, after });
    rows.push(...page.items);
    after = page.next;
  } while (after !== undefined && rows.length < most);
  return rows;
}
