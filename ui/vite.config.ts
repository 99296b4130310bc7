import { defineConfig } from 'vite';

// Everything the page needs is one script, one style sheet and one icon from its own origin: nothing is inlined,
// so that the server's `default-src 'self'` holds. Addresses begin with ./, which the server replaces by the path that
// the page lies under (`examen serve --base-path`). `npm run dev` passes the API on to a running `examen serve`.
export default defineConfig({
  base: './',
  build: { target: 'es2022', cssTarget: ['chrome123', 'firefox120', 'safari17.5'], emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:6900' } } },
});
