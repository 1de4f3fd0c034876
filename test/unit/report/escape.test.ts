import { describe, expect, it } from 'vitest';
import { forMarkup, forTerminal, linesForTerminal } from '../../../src/report/escape.ts';

describe('forTerminal', () => {
  it.each([
    ['plain ASCII ~', 'plain ASCII ~'],
    ['\x1b[2J\x1b]0;title\x07', '\\x1b[2J\\x1b]0;title\\x07'],
    ['C1 \x9b31m NEL \x85', 'C1 \\x9b31m NEL \\x85'],
    ['a\r\nb\rc\u2028d', 'a\\r\\nb\\rc\\u{2028}d'],
    ['nul \0 del \x7f', 'nul \\x00 del \\x7f'],
    ['\u202egnp.exe \u2066x\u2069 \u200e', '\\u{202e}gnp.exe \\u{2066}x\\u{2069} \\u{200e}'],
    [
      'zero\u200bwidth \ufeff soft\u00adhyphen nb\u00a0sp',
      'zero\\u{200b}width \\u{feff} soft\\xadhyphen nb\\xa0sp',
    ],
    ['combining e\u0301', 'combining e\\u{301}'],
    ['wide 漢 🐧', 'wide \\u{6f22} \\u{1f427}'],
    ['lone \ud800 surrogate', 'lone \\u{d800} surrogate'],
    ['invalid UTF-8 \ufffd', 'invalid UTF-8 \\u{fffd}'],
    ['Jürgen Łukasz Ωμέγα Привет – “quoted”…', 'Jürgen Łukasz Ωμέγα Привет – “quoted”…'],
    ['tab\there', 'tab here'],
  ])('%j', (text, shown) => {
    expect(forTerminal(text)).toBe(shown);
  });

  it('leaves nothing that a terminal obeys or that is not one column wide', () => {
    const every = Array.from({ length: 0x11000 }, (_, code) => String.fromCodePoint(code)).join('');
    expect(forTerminal(every)).not.toMatch(/[\p{C}\p{Z}\p{M}](?<! )/u);
  });
});

it('linesForTerminal keeps the lines of a text', () => {
  expect(linesForTerminal('a\r\nb\n\nc\x07\n\n')).toEqual(['a', 'b', '', 'c\\x07']);
});

describe('forMarkup', () => {
  it('keeps text and lines, and escapes what XML and terminals do not bear', () => {
    expect(forMarkup('a\r\nb\tc <&> 漢 🐧 e\u0301')).toBe('a\nb\tc <&> 漢 🐧 e\u0301');
    expect(forMarkup('\x1b \0 \x9b \ud800 \u202e \ufffe \uffff')).toBe(
      '\\x1b \\x00 \\x9b \\u{d800} \\u{202e} \\u{fffe} \\u{ffff}',
    );
  });

  it('leaves only characters that XML 1.0 allows', () => {
    const every = Array.from({ length: 0x11000 }, (_, code) => String.fromCodePoint(code)).join('');
    expect(forMarkup(every)).not.toMatch(
      /[^\t\n\u{20}-\u{7e}\u{a1}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u,
    );
  });
});
