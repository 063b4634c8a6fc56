import { createReadStream, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';

const { resolve } = createRequire(import.meta.url);
const ours = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** What the reference consists of: our page, and Swagger UI from its package. Nothing else of the package is served. */
const FILES: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/api/docs': { file: ours('page.html'), type: 'text/html; charset=utf-8' },
  '/api/docs/page.css': { file: ours('page.css'), type: 'text/css; charset=utf-8' },
  '/api/docs/page.mjs': { file: ours('page.mjs'), type: 'text/javascript; charset=utf-8' },
  '/api/docs/swagger-ui.css': { file: resolve('swagger-ui-dist/swagger-ui.css'), type: 'text/css; charset=utf-8' },
  '/api/docs/swagger-ui-bundle.js': { file: resolve('swagger-ui-dist/swagger-ui-bundle.js'), type: 'text/javascript; charset=utf-8' },
};

export const REFERENCE_PATHS: ReadonlySet<string> = new Set(Object.keys(FILES));

/** As for the page; the icons of Swagger UI stand in its style sheet as data addresses. */
export const REFERENCE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The rendered document of the API; needs no network but this server's. */
export const registerReference = (server: FastifyInstance): void => {
  for (const [path, { file, type }] of Object.entries(FILES)) {
    const { size, mtimeMs } = statSync(file);
    const tag = `"${size}-${mtimeMs}"`;
    server.get(path, (request, reply) => {
      reply.headers({ 'content-security-policy': REFERENCE_POLICY, 'cache-control': 'no-cache', etag: tag });
      if (request.headers['if-none-match'] === tag) return reply.code(304).send();
      return reply.type(type).send(createReadStream(file));
    });
  }
};
