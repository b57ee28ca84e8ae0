/** The reader's language. Texts are loaded when they are wanted; English is what the others are checked against. */

import { settings, type Language } from '../state/settings.svelte.ts';

import type english from './en.ts';

export type Messages = typeof english;

const LOADERS: Record<Language, () => Promise<{ default: Messages }>> = {
  en: () => import('./en.ts'),
  tr: () => import('./tr.ts'),
  'zh-TW': () => import('./zh-TW.ts'),
};

class I18n {
  /** The texts; there are some before anything is shown. */
  t = $state.raw<Messages>({} as Messages);

  get locale(): Language {
    return settings.language;
  }

  async load(language: Language): Promise<void> {
    this.t = (await LOADERS[language]()).default;
    settings.keepLanguage(language);
    document.documentElement.lang = language;
  }
}

export const i18n = new I18n();
