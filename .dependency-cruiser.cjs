/**
 * The import rules of the house: data goes one way, from netlink and kernel up to the command line.
 * Each room lists the rooms it may import; a few small files right in src/ are open to all.
 */
const rooms = {
  suites: ['src/case'],
  'src/netlink': [],
  'src/case': ['src/netlink', 'src/kernel/kernel.ts'],
  'src/fuzz': ['src/netlink', 'src/case', 'src/verdict'],
  'src/agent': ['src/netlink', 'src/case', 'src/fuzz', 'suites', 'src/kernel/kernel.ts'],
  'src/kernel': [],
  'src/machine': ['src/kernel'],
  'src/verdict': ['src/case', 'src/kernel/kernel.ts'],
  'src/compare': ['src/netlink', 'src/case', 'src/verdict', 'src/report'],
  'src/coverage': ['src/kernel', 'src/report'],
  'src/run': [
    'src/case',
    'src/kernel',
    'src/machine',
    'src/verdict',
    'src/report/results.ts',
    'src/coverage/profile.ts',
  ],
  'src/bisect': ['src/case', 'src/kernel', 'src/compare', 'src/report'],
  'src/series': [
    'src/bisect',
    'src/case',
    'src/kernel',
    'src/compare',
    'src/report',
    'src/verdict',
  ],
  'src/report': ['src/verdict', 'src/case', 'src/kernel/kernel.ts', 'src/machine/machine.ts'],
};

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^(src|suites)/' },
      to: {},
    },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room} imports only what it may`,
      severity: 'error',
      from: { path: `^${room}/` },
      to: {
        path: '^(src|suites|vm|scripts|test)/',
        pathNot: [room, ...allowed]
          .map((path) => `^${path}(/|$)`)
          .concat('^src/(error|nearest|make-dir|file-name|files-below)\\.ts$'),
      },
    })),
    {
      name: 'nothing imports the command line',
      severity: 'error',
      from: { pathNot: '^(src/cli|test|scripts)/' },
      to: { path: '^src/cli/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.cjs', '.json'] },
  },
};
