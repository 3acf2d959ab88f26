// The build keeps to the host's content security policy: no inline script or style, nothing as a data: address.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: './',
  esbuild: { jsx: 'automatic' },
  resolve: { alias: { 'markdown-to-jsx/react': here('src/form/plain_markdown.tsx') } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      onwarn: (warning, warn) => {
        // A mark for servers that render React; here everything is the client's.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['tests/**/*.test.{ts,tsx}'],
    testTimeout: 60_000,
  },
});
