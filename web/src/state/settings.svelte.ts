/** What a reader chose about the looks: kept in this browser, and nothing else is. Storage that is closed is no reason to fail. */

export const LANGUAGES = { en: 'English', tr: 'Türkçe', 'zh-TW': '繁體中文' } as const;
export type Language = keyof typeof LANGUAGES;
export type Theme = 'system' | 'dark' | 'light';
export type Colours = 'blue-orange' | 'green-red' | 'red-green';

function kept<T extends string>(name: string, allowed: readonly T[], otherwise: T): T {
  try {
    const value = localStorage.getItem(`bedesten.${name}`);
    return allowed.find((each) => each === value) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`bedesten.${name}`, value);
  } catch {
    /* a browser that keeps nothing: the choice holds until the page is left */
  }
}

function spoken(): Language {
  for (const wanted of navigator.languages) {
    if (/^zh\b/i.test(wanted)) return 'zh-TW';
    if (/^tr\b/i.test(wanted)) return 'tr';
    if (/^en\b/i.test(wanted)) return 'en';
  }
  return 'en';
}

class Settings {
  language = $state<Language>(kept('language', Object.keys(LANGUAGES) as Language[], spoken()));
  theme = $state<Theme>(kept('theme', ['system', 'dark', 'light'], 'system'));
  colours = $state<Colours>(kept('colours', ['blue-orange', 'green-red', 'red-green'], 'blue-orange'));
  favourites = $state.raw<readonly string[]>(this.#favourites());
  oneClick = $state(kept('one-click', ['on', 'off'], 'off') === 'on');

  setTheme(theme: Theme): void {
    this.theme = theme;
    keep('theme', theme);
    this.apply();
  }

  setColours(colours: Colours): void {
    this.colours = colours;
    keep('colours', colours);
    this.apply();
  }

  keepLanguage(language: Language): void {
    this.language = language;
    keep('language', language);
  }

  setOneClick(isOn: boolean): void {
    this.oneClick = isOn;
    keep('one-click', isOn ? 'on' : 'off');
  }

  toggleFavourite(instrument: string): void {
    const has = this.favourites.includes(instrument);
    this.favourites = has ? this.favourites.filter((each) => each !== instrument) : [...this.favourites, instrument];
    keep('favourites', this.favourites.join(','));
  }

  /** Put theme and colours on the document. */
  apply(): void {
    const root = document.documentElement;
    if (this.theme === 'system') delete root.dataset.theme;
    else root.dataset.theme = this.theme;
    if (this.colours === 'blue-orange') delete root.dataset.colours;
    else root.dataset.colours = this.colours;
    looks.drawn += 1;
  }

  #favourites(): string[] {
    try {
      return (localStorage.getItem('bedesten.favourites') ?? '').split(',').filter(Boolean);
    } catch {
      return [];
    }
  }
}

/** Counts changes of the looks, for what is drawn on a canvas and reads colours once. */
class Looks {
  drawn = $state(0);
}
export const looks = new Looks();
export const settings = new Settings();
matchMedia('(prefers-color-scheme: light)').addEventListener('change', () => (looks.drawn += 1));
