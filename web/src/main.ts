/** The start: language and looks first, so that nothing is shown twice; then the screen in the place of what the server drew. */

import '../../src/bedesten/dialects/pages/tokens.css';
import './ui/base.css';

import { mount } from 'svelte';

import App from './App.svelte';
import { i18n } from './i18n/index.svelte.ts';
import { route } from './state/route.svelte.ts';
import { settings } from './state/settings.svelte.ts';
import { venue } from './state/venue.svelte.ts';

const RETRY_MS = 5_000;
settings.apply();
await i18n.load(settings.language);
route.start();
// The first page has the markets already: it stays until there is something better to show.
while (route.place.screen === 'landing') {
  try {
    await venue.load();
    break;
  } catch {
    await new Promise((done) => setTimeout(done, RETRY_MS));
  }
}
const target = document.getElementById('app');
if (!target) throw new Error('the document has no place for the screens');
target.replaceChildren();
mount(App, { target });
