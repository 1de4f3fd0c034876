import { error, espSa, ok, type Sa } from '../../src/case/index.ts';
import { replayEvent } from '../events.ts';
import { sendAround, ways } from './send-around.ts';
import { migrateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateTopic('events', 'Replay events after a migration');
export default topic;

const group = 'XFRMNLGRP_AEVENTS';
const esn: Partial<Sa> = {
  flags: ['esn'],
  replayEsn: { oseq: 0, seq: 0, oseq_hi: 0, seq_hi: 0, replay_window: 32, bmp: [0] },
};
/** Thresholds that are not reached; kernels take the timer's for jiffies and not for tenths of a second. */
const [manyPackets, longTime] = [1000, 10_000_000];

for (const [way, to] of Object.entries(ways)) {
  const { dst } = to;

  for (const [name, parts] of Object.entries({ plain: {}, esn })) {
    const sa = espSa({ ...parts, replayThreshold: 4, timerThreshold: longTime });
    testCase(`threshold-${name}-${way}`, {
      summary: 'So many packets after what was told last an event is due, migrated or not.',
      requirements: ['M-EVENTS', 'M-KEEPS'],
      run: (context) => sendAround(context, sa, to, { group, packets: [3, 2], show: replayEvent }),
      expect: {
        full: { reply: ok(null), early: [], heard: [{ cause: 'threshold', dst, sequence: 4 }] },
        compiledOut: { reply: unsupported },
        predates: { reply: error('EINVAL', null) },
      },
    });
  }

  testCase(`timer-${way}`, {
    summary: 'What a migrated SA sent is told after the time that was asked for.',
    requirements: ['M-EVENTS'],
    run(context) {
      const sa = espSa({ replayThreshold: manyPackets, timerThreshold: 1 });
      return sendAround(context, sa, to, { group, packets: [0, 1], show: replayEvent });
    },
    expect: {
      full: { reply: ok(null), early: [], heard: [{ cause: 'timer', dst, sequence: 1 }] },
      compiledOut: { reply: unsupported },
      predates: { reply: error('EINVAL', null) },
    },
  });
}
