// Plays every step in order, a line each; ends with 1 when one failed.

import { Stage } from './stage.mjs';
import { strayFaults } from './person.mjs';
import * as login from './steps/login.mjs';
import * as oneToOne from './steps/one_to_one.mjs';
import * as group from './steps/group.mjs';
import * as groupMembers from './steps/group_members.mjs';
import * as liveRoom from './steps/live_room.mjs';
import * as afterSending from './steps/after_sending.mjs';
import * as conversations from './steps/conversations.mjs';
import * as history from './steps/history.mjs';
import * as ending from './steps/ending.mjs';

const LIMIT_MS = 180_000;
const STEP_LIMIT_MS = 20_000;

const only = process.argv.slice(2);
const tally = { passed: 0, failed: 0 };

/** The SDK's own errors have a code and a message; their stack says nothing. */
function describe(error) {
  if (error?.code && error.code !== 'ERR_ASSERTION') return `${error.code}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
}

async function step(fact, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${STEP_LIMIT_MS / 1000} s`)), STEP_LIMIT_MS);
  });
  try {
    await Promise.race([work(), late]);
    const stray = strayFaults.splice(0);
    if (stray.length) throw stray[0];
    tally.passed += 1;
    console.log(`ok      ${fact}`);
  } catch (error) {
    tally.failed += 1;
    console.log(`FAILED  ${fact}\n        ${describe(error).split('\n').slice(0, 12).join('\n        ')}`);
  } finally {
    clearTimeout(timer);
  }
}

setTimeout(() => {
  console.log(`FAILED  the play is not over after ${LIMIT_MS / 1000} s`);
  process.exit(1);
}, LIMIT_MS).unref();

const began = Date.now();
const stage = await Stage.open({ group_messages_per_second: 0 });
const cast = {};
const scenes = { login, oneToOne, group, groupMembers, liveRoom, afterSending, conversations, history, ending };
for (const [name, scene] of Object.entries(scenes)) {
  if (only.length && name !== 'login' && !only.includes(name)) continue;
  try {
    await scene.play(step, stage, cast);
  } catch (error) {
    tally.failed += 1;
    console.log(`FAILED  scene ${name}: ${error.stack ?? error}`);
  }
}
await stage.close();
console.log(`${tally.passed} steps passed, ${tally.failed} failed, ${((Date.now() - began) / 1000).toFixed(1)} s`);
process.exit(tally.failed === 0 && tally.passed > 0 ? 0 : 1);
