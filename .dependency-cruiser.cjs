// Imports run one way: agent -> scaler -> {detectors, collectors} -> core. The rule's own test plants a
// violation and requires a failure (.ci/check-dependencies.mjs).
const pure = '^(detectors/|scaler/plan/|scaler/simulation/|agent/(correlate|rootcause|incident|cost)/)';
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'core-imports-nothing-of-ours', severity: 'error', from: { path: '^core/' }, to: { path: '^(collectors|detectors|scaler|agent|dashboards|examples|bench|test)/' } },
    { name: 'collectors-import-core-only', severity: 'error', from: { path: '^collectors/' }, to: { path: '^(detectors|scaler|agent|dashboards|examples|bench|test)/' } },
    { name: 'detectors-import-core-only', severity: 'error', from: { path: '^detectors/' }, to: { path: '^(collectors|scaler|agent|dashboards|examples|bench|test)/' } },
    { name: 'scaler-stands-on-detectors-and-core', severity: 'error', from: { path: '^scaler/' }, to: { path: '^(collectors|agent|dashboards|examples|bench|test)/' } },
    { name: 'nothing-imports-dashboards', severity: 'error', from: { path: '^(?!dashboards/|test/)' }, to: { path: '^dashboards/' } },
    { name: 'nothing-imports-examples', severity: 'error', from: { path: '^(?!examples/|test/)' }, to: { path: '^examples/' } },
    { name: 'page-knows-only-the-contract', severity: 'error', from: { path: '^dashboards/ui/', pathNot: '\\.test\\.ts$' }, to: { path: '^(agent|core|collectors|detectors|scaler)/', pathNot: '^agent/api/contract\\.ts$|^agent/incident/incident\\.ts$|^detectors/finding\\.ts$|^core/(change|graph|signal|time)\\.ts$' } },
    { name: 'pure-code-does-no-io', severity: 'error', from: { path: pure, pathNot: '\\.test\\.ts$' }, to: { dependencyTypes: ['core'], pathNot: '^(node:)?(buffer)$' } },
    { name: 'pure-code-has-no-clock-of-its-own', severity: 'error', from: { path: pure, pathNot: '\\.test\\.ts$' }, to: { path: '^core/system-clock\\.ts$' } },
    { name: 'no-drawers', severity: 'error', from: {}, to: { path: '(^|/)(utils?|common|helpers?|misc|managers?)(/|\\.ts$)', pathNot: 'node_modules' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.json'] },
  },
};
