// Three builds: the main side (every process that is not the window), the preload, and the window's page.
import { resolve } from 'node:path';
import { defineConfig } from 'electron-vite';
import { svelte } from '@sveltejs/vite-plugin-svelte';

const here = (path: string): string => resolve(import.meta.dirname, path);
const entry = (name: string): string => here(`src-main/entry/${name}.ts`);

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      // one file per process; the shared parts become chunks beside them
      rolldownOptions: {
        input: {
          app: entry('app'),
          engine: entry('engine'),
          trainer: entry('trainer'),
          inspector: entry('inspector'),
          heartbeat: entry('heartbeat'),
          mapper: entry('mapper'),
          hdf5: entry('hdf5'),
          serve: entry('serve'),
          cli: entry('cli'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      // a sandboxed preload must be one CommonJS file
      rolldownOptions: {
        input: { preload: here('src-main/preload/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src-renderer',
    build: {
      outDir: 'out/renderer',
      minify: true,
      rolldownOptions: { input: here('src-renderer/index.html') },
    },
    plugins: [svelte({ configFile: here('svelte.config.js') })],
  },
});
