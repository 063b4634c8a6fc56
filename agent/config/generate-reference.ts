import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { documentedDefaults } from './reference.ts';

/** Writes docs/configuration.md. Run from the root of the repository after a build: node dist/agent/config/generate-reference.js */
await writeFile(resolve('docs', 'configuration.md'), documentedDefaults());
