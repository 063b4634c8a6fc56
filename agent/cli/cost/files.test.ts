import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Month, parseMonth } from '../../cost/month.ts';
import { readAllocationFile, readOpenCost } from './usage-sources.ts';
import { writeReport } from './write-report.ts';

const OCTOBER = parseMonth('2026-10') as Month;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foreshock-cost-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writing a report', () => {
  it('writes all files and leaves no draft', async () => {
    const written = await writeReport(join(folder, 'new'), [
      { name: 'a.html', content: 'page' },
      { name: 'a.csv', content: 'rows' },
    ]);
    expect(written.ok).toBe(true);
    expect((await readdir(join(folder, 'new'))).sort()).toEqual(['a.csv', 'a.html']);
  });

  it('leaves what stood when one file cannot be written', async () => {
    await writeFile(join(folder, 'a.html'), 'of last month');
    await mkdir(join(folder, `.a.csv.${process.pid}.tmp`));
    const written = await writeReport(folder, [
      { name: 'a.html', content: 'page' },
      { name: 'a.csv', content: 'rows' },
    ]);
    expect(written.ok).toBe(false);
    expect(await readFile(join(folder, 'a.html'), 'utf8')).toBe('of last month');
    expect(await readdir(folder)).not.toContain('a.csv');
  });
});

describe('an allocation file on disk', () => {
  const row = { service: 'a', start: '2026-10-01T13:00:00Z', end: '2026-10-01T14:00:00Z', replicas: 3 };

  it('is read compressed, with the hash of its bytes', async () => {
    const bytes = gzipSync(JSON.stringify({ label: 'mine', rows: [row] }));
    await writeFile(join(folder, 'rows.json.gz'), bytes);
    const read = await readAllocationFile(join(folder, 'rows.json.gz'), 'EUR');
    expect(read.ok && read.value).toMatchObject({ kind: 'allocation file', label: 'mine', rows: [{ service: 'a' }] });
  });

  it.each([
    ['missing.json', undefined, 'there is no such file'],
    ['rows.xlsx', 'x', 'expected a name that ends with .json or .csv'],
    ['rows.csv', Buffer.from([0xff, 0xfe, 0x00]), 'cannot be read'],
    ['rows.json.gz', 'not gzip', 'cannot be read'],
  ])('named %s is refused', async (name, content, told) => {
    if (content !== undefined) await writeFile(join(folder, name), content);
    const read = await readAllocationFile(join(folder, name), 'EUR');
    expect(read.ok ? 'accepted' : read.error.message).toContain(told);
  });
});

describe('OpenCost over HTTP', () => {
  let server: Server;
  const asked: URL[] = [];
  const serve = async (status: number, answer: (url: URL) => string): Promise<string> => {
    asked.length = 0;
    server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://opencost');
      asked.push(url);
      response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {}).end(answer(url));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/model/`;
  };
  afterEach(() => new Promise((resolve) => (server?.listening ? server.close(resolve) : resolve(undefined))));

  it('is asked day by day for the month and the one before it, and never for what has not come', async () => {
    const address = await serve(200, (url) => {
      const [start = ''] = (url.searchParams.get('window') ?? '').split(',');
      const end = start.replace('T00:', 'T01:');
      return JSON.stringify({ code: 200, data: [{ a: { name: 'a', start, end, cpuCost: 0.1, ramCost: 0.2, totalCost: 0.3 } }] });
    });
    const read = await readOpenCost(address, OCTOBER, Date.UTC(2026, 9, 3, 5, 30), 'EUR');
    expect(read.ok && read.value.rows).toHaveLength(33);
    expect(asked[0]?.pathname).toBe('/model/allocation');
    expect(asked[0]?.searchParams.get('window')).toBe('2026-09-01T00:00:00Z,2026-09-02T00:00:00Z');
    expect(asked.at(-1)?.searchParams.get('window')).toBe('2026-10-03T00:00:00Z,2026-10-03T05:00:00Z');
    expect(asked[0]?.searchParams.get('step')).toBe('1h');
  });

  it.each([
    ['an error', 503, () => 'down', 'answered with status 503'],
    ['a redirect', 302, () => '', 'cannot be asked'],
    ['a web page', 200, () => '<html>', 'a web page, not JSON'],
    [
      'text for money',
      200,
      () =>
        '{"code":200,"data":[{"a":{"name":"a","start":"2026-09-01T00:00:00Z","end":"2026-09-01T01:00:00Z","cpuCost":"1","ramCost":0,"totalCost":1}}]}',
      'cpuCost',
    ],
  ])('that answers with %s is named', async (_what, status, answer, told) => {
    const read = await readOpenCost(await serve(status, answer), OCTOBER, Date.UTC(2026, 9, 3), 'EUR');
    expect(read.ok ? 'accepted' : read.error.message).toContain(told);
    expect(asked).toHaveLength(1);
  });

  it('takes no password in the address, and repeats none', async () => {
    const read = await readOpenCost('http://finops:hunter2@127.0.0.1:1', OCTOBER, Date.UTC(2026, 9, 3), 'EUR');
    expect(read).toMatchObject({ ok: false, error: { code: 'OPENCOST_UNREACHABLE' } });
    expect(JSON.stringify(read)).not.toContain('hunter2');
  });

  it('that is not there, or no address at all, is named', async () => {
    for (const address of ['http://127.0.0.1:1', 'ftp://x', 'opencost']) {
      const read = await readOpenCost(address, OCTOBER, Date.UTC(2026, 9, 3), 'EUR');
      expect(read.ok ? 'accepted' : read.error.code).toBe('OPENCOST_UNREACHABLE');
    }
  });
});
