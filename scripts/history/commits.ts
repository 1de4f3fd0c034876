/** A change of one file: a text that is replaced, once, or one that is added at the end. */
export type Edit = { file: string; replace: string; by: string } | { file: string; append: string };

/** A commit of the history that is made. */
export interface MadeCommit {
  /** What the tests call it; harmless ones have none. */
  name?: string;
  subject: string;
  edits: readonly Edit[];
  /** On a side branch, which the next commit without this merges. */
  aside?: boolean;
}

const xfrmUser = 'net/xfrm/xfrm_user.c';

const spiCheck = `	if (!um->id.spi) {
		NL_SET_ERR_MSG(extack, "Invalid SPI 0x0");
		return -EINVAL;
	}

	if (um->reserved) {`;
const warningSpiCheck = spiCheck.replace('if (!um->id.spi) {', 'if (WARN_ON(!um->id.spi)) {');
const otherText = (check: string) => check.replace('Invalid SPI 0x0', 'The SPI must not be zero');

const maxage = `	m.mapping_maxage = nla_get_u32_default(attrs[XFRMA_MTIMER_THRESH],
					       x->mapping_maxage);`;
const lostMaxage = maxage.replace('x->mapping_maxage', '0');

const init = `	printk(KERN_INFO "Initializing XFRM netlink socket\\n");
`;
const panickingInit = `${init}	panic("xfrm_user: the made history does not boot here");
`;

const undefinedCall = `
int xfrm_made_history(void);
int xfrm_made_history(void)
{
	return xfrm_this_is_not_declared();
}
`;

/** What happens in the history beside harmless commits, each at its place of `length` commits. */
export function specialCommits(length: number): Map<number, MadeCommit> {
  const at = (part: number) => Math.max(1, Math.round(part * length));
  const middle = at(0.5);
  return new Map([
    [
      at(0.12),
      {
        name: 'documentation',
        subject: 'Documentation: xfrm: a remark on migration',
        edits: [
          {
            file: 'Documentation/networking/xfrm/xfrm_migrate_state.rst',
            append: '\nA remark that no kernel is made of.\n',
          },
        ],
      },
    ],
    // Where a bisection of the whole history looks first.
    [
      middle + 1,
      {
        name: 'does-not-compile',
        subject: 'xfrm: user: call what is not declared',
        edits: [{ file: xfrmUser, append: undefinedCall }],
      },
    ],
    [
      middle + 2,
      {
        name: 'compiles-again',
        subject: 'xfrm: user: remove the call of what is not declared',
        edits: [{ file: xfrmUser, replace: undefinedCall, by: '' }],
      },
    ],
    [
      middle + 3,
      {
        name: 'not-built',
        subject: 'macsec: a comment in a driver that is not built',
        edits: [{ file: 'drivers/net/macsec.c', append: '\n/* The made history was here. */\n' }],
      },
    ],
    [
      middle + 4,
      {
        name: 'culprit',
        subject: 'xfrm: user: reword the complaint about an SPI of zero',
        edits: [{ file: xfrmUser, replace: spiCheck, by: otherText(spiCheck) }],
      },
    ],
    [
      middle + 7,
      {
        name: 'other-failure',
        subject: 'xfrm: user: warn of an SPI of zero',
        edits: [{ file: xfrmUser, replace: otherText(spiCheck), by: otherText(warningSpiCheck) }],
      },
    ],
    [
      middle + 8,
      {
        name: 'no-other-failure',
        subject: 'xfrm: user: warn no more of an SPI of zero',
        edits: [{ file: xfrmUser, replace: otherText(warningSpiCheck), by: otherText(spiCheck) }],
      },
    ],
    [
      at(0.825),
      {
        name: 'does-not-boot',
        subject: 'xfrm: user: panic when it starts',
        edits: [{ file: xfrmUser, replace: init, by: panickingInit }],
      },
    ],
    [
      at(0.825) + 1,
      {
        name: 'boots-again',
        subject: 'xfrm: user: panic no more',
        edits: [{ file: xfrmUser, replace: panickingInit, by: init }],
      },
    ],
    [
      at(0.88),
      {
        name: 'second-culprit',
        subject: 'xfrm: user: forget the mapping age of an SA that moves',
        edits: [{ file: xfrmUser, replace: maxage, by: lostMaxage }],
      },
    ],
  ] satisfies [number, MadeCommit][]);
}

/** The files that harmless commits touch, in turn: XFRM and its neighbours. */
const harmlessFiles = [
  'net/xfrm/xfrm_policy.c',
  'net/ipv4/esp4.c',
  'net/xfrm/xfrm_state.c',
  'net/key/af_key.c',
  'net/xfrm/xfrm_input.c',
  'net/ipv6/esp6.c',
  'net/xfrm/xfrm_output.c',
];

/** A comment or a refactoring: nothing that any case could see. */
export function harmlessCommit(number: number): MadeCommit {
  const file = harmlessFiles[number % harmlessFiles.length]!;
  const name = file.slice(file.lastIndexOf('/') + 1, -2);
  if (number % 2 === 0)
    return {
      subject: `${name}: comment on change ${number}`,
      edits: [{ file, append: `\n/* Change ${number} of a made history. */\n` }],
    };
  return {
    subject: `${name}: a helper for change ${number}`,
    edits: [
      {
        file,
        append: `\nstatic inline int made_history_${number}(int value)\n{\n\treturn value + ${number};\n}\n`,
      },
    ],
  };
}
