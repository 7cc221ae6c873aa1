import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The console is built into the Go package that embeds it. The folder `site` is
// made anew by every build; what is committed stands beside it.
export default defineConfig({
  plugins: [react()],
  base: '/',
  build: {
    outDir: '../internal/console/dist/site',
    emptyOutDir: true,
    assetsDir: 'assets',
    // The content security policy allows data: for images and fonts only.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8119' } },
});
