import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// Every byte is a file of its own, with a hash in its name: the content security policy allows nothing inline.
export default defineConfig({
  plugins: [svelte()],
  base: '/app/',
  build: {
    outDir: process.env.OUT ?? '../src/bedesten/web',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    target: 'es2023',
    rolldownOptions: { input: 'app.html' },
  },
});
