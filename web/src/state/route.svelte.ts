/** Where the reader is: the address bar, read as a screen and an instrument. Links stay links; the page follows them itself. */

export const SCREENS = ['trade', 'markets'] as const;
export type Screen = (typeof SCREENS)[number] | 'landing' | 'missing';

interface Place {
  screen: Screen;
  rest: string; // what stands behind the screen: an instrument, a tab
}

function placeOf(path: string): Place {
  if (path === '/') return { screen: 'landing', rest: '' };
  const [, app, name = '', rest = ''] = path.split('/');
  const screen = SCREENS.find((each) => each === name);
  return app === 'app' && screen ? { screen, rest: decodeURIComponent(rest) } : { screen: 'missing', rest: '' };
}

class Route {
  place = $state.raw<Place>(placeOf(location.pathname));
  query = $state.raw(new URLSearchParams(location.search));
  hash = $state(location.hash.slice(1));

  /** Follow the links of this page without loading it again. */
  start(): void {
    addEventListener('popstate', () => this.#read());
    document.addEventListener('click', (event) => {
      const link = (event.target as Element).closest?.('a');
      if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
      if (link.origin !== location.origin || link.target || link.hasAttribute('download')) return;
      if (placeOf(link.pathname).screen === 'missing') return;
      event.preventDefault();
      this.go(link.pathname + link.search + link.hash);
    });
  }

  go(address: string): void {
    const isSame = address === location.pathname + location.search + location.hash;
    if (isSame) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
    this.#read();
    if (!isSame) scrollTo(0, 0);
  }

  #read(): void {
    this.place = placeOf(location.pathname);
    this.query = new URLSearchParams(location.search);
    this.hash = location.hash.slice(1);
  }
}

export const route = new Route();
