// Plays every step in order, a line each; ends with 1 when one failed.

import { Stage } from './stage.mjs';
import { Steps } from './steps.mjs';
import * as login from './steps/login.mjs';
import * as oneToOne from './steps/one_to_one.mjs';
import * as group from './steps/group.mjs';
import * as groupMembers from './steps/group_members.mjs';
import * as liveRoom from './steps/live_room.mjs';
import * as community from './steps/community.mjs';
import * as features from './steps/features.mjs';
import * as afterSending from './steps/after_sending.mjs';
import * as conversations from './steps/conversations.mjs';
import * as history from './steps/history.mjs';
import * as ending from './steps/ending.mjs';

const only = process.argv.slice(2);
const steps = new Steps(180_000);
const stage = await Stage.open({ group_messages_per_second: 0 });
const cast = {};
const scenes = { login, oneToOne, group, groupMembers, liveRoom, community, features, afterSending, conversations, history, ending };
for (const [name, scene] of Object.entries(scenes)) {
  if (only.length && name !== 'login' && !only.includes(name)) continue;
  try {
    await scene.play(steps.step, stage, cast);
  } catch (error) {
    steps.fail(`scene ${name}`, `${error.stack ?? error}`);
  }
}
await stage.close();
steps.end();
