import { describe, expect, test } from 'vitest';
import { firstBuildError, isObjectStep, isStep } from '../../../src/kernel/build/compile-error.ts';

const compiler = `make[1]: Entering directory '/cache/um'
  CC      net/xfrm/xfrm_algo.o
  CC      net/xfrm/xfrm_state.o
../net/xfrm/xfrm_state.c: In function 'xfrm_state_migrate':
../net/xfrm/xfrm_state.c:2101:9: error: 'brokn' undeclared (first use in this function)
 2101 |         brokn = 1;
      |         ^~~~~
make[4]: *** [../scripts/Makefile.build:287: net/xfrm/xfrm_state.o] Error 1
  CC      net/ipv4/route.o
../net/ipv4/route.c:9:9: error: a later one
make[3]: *** [../scripts/Makefile.build:544: net/xfrm] Error 2
make: *** [../Makefile:251: __sub-make] Error 2`.split('\n');

describe('firstBuildError', () => {
  test('the first error of the compiler, with the lines around it, not the last line', () => {
    const failure = firstBuildError(compiler);
    expect(failure.title).toBe(
      "net/xfrm/xfrm_state.c:2101:9: error: 'brokn' undeclared (first use in this function)",
    );
    expect(failure.excerpt.split('\n')).toEqual([
      "net/xfrm/xfrm_state.c: In function 'xfrm_state_migrate':",
      failure.title,
      ...compiler.slice(5, 7),
    ]);
  });

  test('a warning with "error" in its text is none', () => {
    const output = ['a.c:1:1: warning: error handling is odd', 'a.c:9:1: error: real'];
    expect(firstBuildError(output).title).toBe('a.c:9:1: error: real');
  });

  test('a header that is missing', () => {
    const output = ['  HOSTCC  tools/objtool.o', 'x.c:1:10: fatal error: libelf.h: No such file'];
    expect(firstBuildError(output).title).toContain('libelf.h');
  });

  test('the linker', () => {
    const output = [
      '  LD      vmlinux.o',
      'ld: net/x.o: undefined reference to `foo`',
      'make: *** x',
    ];
    expect(firstBuildError(output).title).toContain('undefined reference');
  });

  test('a tool that is not there', () => {
    const output = ['/bin/sh: 1: flex: not found', 'make[2]: *** [lexer.lex.c] Error 127'];
    expect(firstBuildError(output).title).toBe('/bin/sh: 1: flex: not found');
  });

  test('make alone, when nobody else said a word', () => {
    const output = ['  CC      a.o', 'make[2]: *** [a.o] Killed', 'make: *** [all] Error 2'];
    expect(firstBuildError(output).title).toBe('make[2]: *** [a.o] Killed');
  });

  test('no output at all', () => {
    expect(firstBuildError([]).title).toBe('make failed without a word');
  });
});

test('steps of the short log, and those that make an object', () => {
  expect(isStep('  CC      net/xfrm/xfrm_state.o')).toBe(true);
  expect(isStep('  CC [M]  net/xfrm/xfrm_user.o')).toBe(true);
  expect(isStep(' 2101 |         brokn = 1;')).toBe(false);
  expect(isObjectStep('  CC [M]  net/xfrm/xfrm_user.o')).toBe(true);
  expect(isObjectStep('  AR      net/xfrm/built-in.a')).toBe(false);
});
