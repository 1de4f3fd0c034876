import { espSa, ok, type Sa } from '../../src/case/index.ts';
import { replayEvent, toldByPackets, toldByTime } from '../events.ts';
import { sendAround, ways } from './send-around.ts';
import { migrateStateTopic, replyAlone } from './topic.ts';

const { topic, testCase } = migrateStateTopic('events', 'Replay events after a migration');
export default topic;

const group = 'XFRMNLGRP_AEVENTS';

for (const [way, change] of Object.entries(ways)) {
  const { dst }: Sa = { ...espSa(), ...change };

  for (const [name, parts] of Object.entries(toldByPackets)) {
    const sa = espSa(parts);
    testCase(`threshold-${name}-${way}`, {
      summary: 'So many packets after what was told last an event is due, migrated or not.',
      requirements: ['MS-EVENTS', 'MS-REPLAY'],
      run: (context) =>
        sendAround(context, sa, change, { group, packets: [3, 2], show: replayEvent }),
      expect: {
        full: { reply: ok(null), early: [], heard: [{ cause: 'threshold', dst, sequence: 4 }] },
        ...replyAlone,
      },
    });
  }

  testCase(`timer-${way}`, {
    summary: 'What a migrated SA sent is told after the time that was asked for.',
    requirements: ['MS-EVENTS'],
    run(context) {
      return sendAround(context, espSa(toldByTime), change, {
        group,
        packets: [0, 1],
        show: replayEvent,
      });
    },
    expect: {
      full: { reply: ok(null), early: [], heard: [{ cause: 'timer', dst, sequence: 1 }] },
      ...replyAlone,
    },
  });
}
