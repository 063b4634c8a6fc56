// Time, randomness and timers enter through ports: this holds them out of everything that must replay. And
// Math.pow and ** give different last bits on Node 20 and Node 24, so product code does not use them.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const PURE =
  /^(core\/(?!system-clock)|detectors\/|collectors\/(red|normalize)\/|scaler\/(plan|simulation)\/|agent\/(correlate|rootcause|incident|report|cost)\/)/;
const PRODUCT = /^(core|collectors|detectors|scaler|agent)\//;
const IMPURE = new Set(['Date.now', 'Math.random', 'performance.now', 'process.hrtime', 'process.env', 'crypto.randomUUID', 'console.log']);
const TIMERS = new Set(['setTimeout', 'setInterval', 'setImmediate', 'fetch', 'randomUUID']);

const filesUnder = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : path.endsWith('.ts') && !path.endsWith('.test.ts') ? [path] : [];
  });

const inspect = (path) => {
  const found = [];
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const report = (node, what) => found.push(`${path}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${what}`);
  const pure = PURE.test(path);
  const visit = (node) => {
    if (ts.isPropertyAccessExpression(node)) {
      const text = node.getText();
      if (pure && IMPURE.has(text)) report(node, `${text} in pure code: take it as an argument`);
      if (PRODUCT.test(path) && text === 'Math.pow')
        report(node, 'Math.pow differs between Node versions: multiply, or use Math.exp of a logarithm');
    }
    if (pure && ts.isCallExpression(node) && ts.isIdentifier(node.expression) && TIMERS.has(node.expression.text)) {
      report(node, `${node.expression.text} in pure code: take it as an argument`);
    }
    if (pure && ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0)
      report(node, 'new Date() in pure code');
    if (
      PRODUCT.test(path) &&
      ts.isBinaryExpression(node) &&
      [ts.SyntaxKind.AsteriskAsteriskToken, ts.SyntaxKind.AsteriskAsteriskEqualsToken].includes(node.operatorToken.kind)
    ) {
      report(node, '** differs between Node versions: multiply, or use Math.exp of a logarithm');
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
};

const planted = 'detectors/planted-impurity.ts';
writeFileSync(planted, 'export const now = Date.now() * 2 ** 3;\n');
const caught = inspect(planted);
rmSync(planted);
if (caught.length !== 2) {
  console.error('the purity check did not catch its planted violations');
  process.exit(1);
}

const found = ['core', 'collectors', 'detectors', 'scaler', 'agent'].flatMap(filesUnder).flatMap(inspect);
for (const line of found) console.error(line);
console.log(`purity: ${found.length} violations`);
process.exit(found.length === 0 ? 0 : 1);
