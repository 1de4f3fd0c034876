import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mergeOptions, parseFragment } from '../../../src/kernel/build/fragment.ts';
import { untakenOptions } from '../../../src/kernel/build/untaken.ts';

const text = `# A comment
CONFIG_XFRM_USER=y

# optional: since Linux 6.14
CONFIG_XFRM_IPTFS=y
CONFIG_NET_KEY=y
# CONFIG_HOSTFS is not set
CONFIG_LOG_BUF_SHIFT=17
CONFIG_NAME="a # b"
`;

describe('parseFragment', () => {
  test('reads what is set and what is not, and which line is optional', () => {
    const options = parseFragment(text, 'base.config').map(
      ({ symbol, value, optional }) => `${symbol}=${value}${optional ? ' optional' : ''}`,
    );
    expect(options).toEqual([
      'XFRM_USER=y',
      'XFRM_IPTFS=y optional',
      'NET_KEY=y',
      'HOSTFS=n',
      'LOG_BUF_SHIFT=17',
      'NAME="a # b"',
    ]);
  });

  test('an optional mark holds for the next line only, even when that is no option', () => {
    const options = parseFragment('# optional\n\nCONFIG_A=y\n', 'x');
    expect(options[0]?.optional).toBe(false);
  });
});

test('the last fragment has the last word', () => {
  const base = parseFragment('CONFIG_A=y\nCONFIG_B=y\n', 'base');
  const variant = parseFragment('# CONFIG_A is not set\n', 'variant');
  const merged = mergeOptions([base, variant]);
  expect(merged.map(({ symbol, value, fragment }) => [symbol, value, fragment])).toEqual([
    ['A', 'n', 'variant'],
    ['B', 'y', 'base'],
  ]);
});

describe('untakenOptions', () => {
  const wanted = parseFragment(text, 'base.config');
  const config = {
    XFRM_USER: 'y',
    XFRM_IPTFS: 'y',
    NET_KEY: 'y',
    LOG_BUF_SHIFT: '17',
    NAME: '"a # b"',
  };

  test('says nothing when all took', () => {
    expect(untakenOptions(wanted, config)).toEqual([]);
  });

  test('names an option that is missing, one that is on, and one that became a module', () => {
    const untaken = untakenOptions(wanted, {
      ...config,
      XFRM_USER: 'm',
      NET_KEY: 'n',
      HOSTFS: 'y',
    });
    expect(untaken.map(({ symbol, value, got }) => `${symbol}: ${value}, got ${got}`)).toEqual([
      'XFRM_USER: y, got m',
      'NET_KEY: y, got n',
      'HOSTFS: n, got y',
    ]);
  });

  test('lets an optional one be missing, but not be something else', () => {
    const { XFRM_IPTFS: _, ...without } = config;
    expect(untakenOptions(wanted, without)).toEqual([]);
    const untaken = untakenOptions(wanted, { ...config, XFRM_IPTFS: 'm' });
    expect(untaken.map(({ symbol }) => symbol)).toEqual(['XFRM_IPTFS']);
  });
});

describe('the fragments of vm/config', () => {
  const dir = join(import.meta.dirname, '../../../vm/config');
  const names = readdirSync(dir).filter((name) => name.endsWith('.config'));

  test.each(names)('%s has only options and comments, each option once', (name) => {
    const lines = readFileSync(join(dir, name), 'utf8').split('\n');
    const options = parseFragment(lines.join('\n'), name);
    const rest = lines.filter((line) => line !== '' && !line.startsWith('#'));
    expect(rest.every((line) => /^CONFIG_\w+=\S+$/.test(line))).toBe(true);
    const symbols = options.map(({ symbol }) => symbol);
    expect(new Set(symbols).size).toBe(symbols.length);
  });

  test('no-migrate switches off both the option and what selects it, neither optional', () => {
    const text = readFileSync(join(dir, 'no-migrate.config'), 'utf8');
    const options = parseFragment(text, 'no-migrate.config');
    expect(options.map(({ symbol, value, optional }) => [symbol, value, optional]).sort()).toEqual([
      ['NET_KEY_MIGRATE', 'n', false],
      ['XFRM_MIGRATE', 'n', false],
    ]);
  });
});
