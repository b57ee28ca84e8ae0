/** Who the reader is: a session's cookie, which scripts never see. */

import { call, get, Refused, rememberCsrf } from '../api/client.ts';
import type { Session } from '../api/types.ts';

import { account } from './account.svelte.ts';
import { venue } from './venue.svelte.ts';

// The cookie is hidden from scripts; whether there may be one is not, and saves a refused request on every first visit.
const HINT = 'bedesten.signed-in';

function wasSignedIn(): boolean {
  try {
    return localStorage.getItem(HINT) === 'yes';
  } catch {
    return true;
  }
}

function rememberSignedIn(isSignedIn: boolean): void {
  try {
    if (isSignedIn) localStorage.setItem(HINT, 'yes');
    else localStorage.removeItem(HINT);
  } catch {
    /* then it is asked every time */
  }
}

class SessionState {
  now = $state.raw<Session | undefined>();
  isKnown = $state(false);

  get isSignedIn(): boolean {
    return this.now !== undefined;
  }

  /** Ask whose cookie this is, where somebody signed in with this browser before. Nobody's is an answer, not a failure. */
  async load(): Promise<void> {
    if (wasSignedIn()) {
      try {
        this.#set(await get<Session>('/session'));
      } catch (error) {
        if (!(error instanceof Refused) || error.problem.status === 0) throw error;
        this.#set(undefined);
      }
      venue.stream.renew();
    }
    this.isKnown = true;
  }

  /** Open an account with demo money, and sign this browser in. Throws: Refused. */
  async startDemo(): Promise<void> {
    await call('POST', '/demo/start');
    rememberSignedIn(true);
    await this.load();
  }

  async signOut(): Promise<void> {
    if (this.isSignedIn) await call('DELETE', '/session');
    this.ended();
  }

  /** This session is over: the venue says so, or the reader does. */
  ended(): void {
    this.#set(undefined);
    account.forget();
    venue.stream.renew();
  }

  #set(session: Session | undefined): void {
    this.now = session;
    rememberSignedIn(session !== undefined);
    rememberCsrf(session?.csrf_token);
  }
}

export const session = new SessionState();
