import assert from 'node:assert/strict';
import { test } from 'node:test';

import en from '../src/i18n/en.ts';
import tr from '../src/i18n/tr.ts';
import zh from '../src/i18n/zh-TW.ts';

// Words that are the same in a language as in English: names of things, and abbreviations.
const SAME = new Set(['nav.api', 'nav.otc', 'ticket.limit', 'landing.explorer']);

type Tree = { [name: string]: Tree | string | ((...values: never[]) => string) };

function* texts(tree: Tree, path = ''): Generator<[string, string]> {
  for (const [name, value] of Object.entries(tree)) {
    const at = path ? `${path}.${name}` : name;
    if (typeof value === 'string') yield [at, value];
    else if (typeof value === 'function') yield [at, (value as (...values: unknown[]) => string)(2, 2, 2)];
    else yield* texts(value, at);
  }
}

for (const [language, messages] of [['tr', tr], ['zh-TW', zh]] as const) {
  test(`every text of ${language} is a translation`, () => {
    const english = new Map(texts(en as unknown as Tree));
    const there = new Map(texts(messages as unknown as Tree));
    assert.deepEqual([...there.keys()], [...english.keys()]);
    for (const [path, text] of there) {
      assert.notEqual(text.trim(), '', path);
      if (!SAME.has(path)) assert.notEqual(text, english.get(path), path);
    }
  });
}
