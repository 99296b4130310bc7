// Loads a module of src/ through the bundler that builds the page: Node 20 does not run TypeScript itself.

import { runnerImport } from 'vite';
import { fileURLToPath } from 'node:url';

export async function load(name) {
  const path = fileURLToPath(new URL(`../../src/${name}.ts`, import.meta.url));
  const { module } = await runnerImport(path, { configFile: false, logLevel: 'silent' });
  return module;
}
