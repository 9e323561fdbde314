// Broken links, logout, and being forced off.

import assert from 'node:assert/strict';
import { expectStrayFault } from '../person.mjs';
import { random, textElement } from './elements.mjs';

export async function play(step, stage, cast) {
  const { ann } = cast;

  await step('after a broken link the SDK is back and has what it missed', async () => {
    await stage.must('openim/sendmsg', { From_Account: 'shop', To_Account: 'ann', MsgRandom: random(), MsgBody: [textElement('before the cut')] });
    await ann.received((message) => message.payload?.text === 'before the cut');
    const from = ann.events.length;
    const broken = ann.wire;
    broken.terminate();
    await stage.must('openim/sendmsg', { From_Account: 'shop', To_Account: 'ann', MsgRandom: random(), MsgBody: [textElement('in the dark')] });
    await ann.event('NET_STATE_CHANGE', ({ state }) => state === 'connected', { from, limitMs: 15000 });
    await ann.event('CONVERSATION_LIST_UPDATED', (list) => list.some((one) => one.lastMessage.messageForShow === 'in the dark'), { from, limitMs: 15000 });
    const { messages } = await ann.history('C2Cshop');
    assert.ok(messages.some((message) => message.payload?.text === 'in the dark'));
  });

  await step('after a logout nothing comes, and the next login is ready again', async () => {
    const from = ann.events.length;
    await ann.logout();
    assert.equal(ann.chat.getLoginUser(), '');
    const quiet = ann.events.length;
    await stage.must('openim/sendmsg', { From_Account: 'shop', To_Account: 'ann', MsgRandom: random(), MsgBody: [textElement('while away')] });
    assert.ok(!ann.events.slice(quiet).some((e) => e.name === ann.EVENT.MESSAGE_RECEIVED));
    await ann.login();
    await ann.event('CONVERSATION_LIST_UPDATED', (list) => list.some((one) => one.lastMessage.messageForShow === 'while away'), { from });
  });

  await step('who is kicked by the backend is forced off', async () => {
    const from = ann.events.length;
    await stage.must('im_open_login_svc/kick', { UserID: 'ann' });
    const { type } = await ann.event('KICKED_OUT', () => true, { from, limitMs: 15000 });
    assert.equal(type, 'REST_API_Kick');
    await ann.event('SDK_NOT_READY', () => true, { from });
    // What it still tried on its closed link has no owner.
    expectStrayFault((fault) => fault.code === 70001);
  });
}
