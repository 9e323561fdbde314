// One-to-one messages of every type, both ways, with each kind of peer.

import assert from 'node:assert/strict';
import { bodies, payloads, random, same, textElement } from './elements.mjs';

export async function play(step, stage, cast) {
  const { ann, bob, cat } = cast;

  for (const [name, { kind, payload, extra }] of Object.entries(payloads(ann))) {
    await step(`one-to-one ${name}: sent, received alike, one ID on both sides`, async () => {
      const from = bob.events.length;
      const sent = await ann.send(kind, { user: 'bob' }, payload, extra);
      const got = await bob.received((message) => message.ID === sent.ID, { from });
      assert.deepEqual([got.type, got.from, got.to, got.flow], [sent.type, 'ann', 'bob', 'in']);
      same(got.payload, sent.payload);
      assert.equal(got.cloudCustomData, sent.cloudCustomData);
      assert.equal(got.time, sent.time);
      assert.equal(got.nick, 'Ann 安');
    });
  }

  for (const [name, { element, type, check }] of Object.entries(bodies(ann))) {
    await step(`one-to-one ${name} from a backend is shown as what it is`, async () => {
      const from = ann.events.length;
      const sent = await stage.must('openim/sendmsg', { From_Account: 'shop', To_Account: 'ann', MsgRandom: random(), MsgBody: [element] });
      const [, msgRandom] = sent.MsgKey.split('_').map(Number);
      const got = await ann.received((message) => message.random === msgRandom, { from });
      assert.deepEqual([got.type, got.from], [type, 'shop']);
      check(got.payload);
    });
  }

  await step('several elements in one message arrive in their order', async () => {
    const from = ann.events.length;
    const body = [textElement('one'), { MsgType: 'TIMFaceElem', MsgContent: { Index: 6, Data: 'two' } }, textElement('three')];
    await stage.must('openim/sendmsg', { From_Account: 'shop', To_Account: 'ann', MsgRandom: random(), MsgBody: body });
    const got = await ann.received((message) => message.from === 'shop' && message.payload?.text === 'one', { from });
    assert.equal(got.type, ann.TYPES.MSG_TEXT);
  });

  await step('a terminal reads what the SDK sends', async () => {
    await ann.send('Text', { user: 'cat' }, { text: 'from a browser, 你好' });
    const line = await cat.line('the text', (seen) => JSON.stringify(seen).includes('from a browser, 你好'));
    assert.ok(JSON.stringify(line).includes('ann'), JSON.stringify(line));
    for (const { kind, payload, extra } of Object.values(payloads(ann))) await ann.send(kind, { user: 'cat' }, payload, extra);
    await cat.line('the place', (seen) => JSON.stringify(seen).includes('Harbour'));
  });

  await step('the SDK reads what a terminal sends', async () => {
    const from = ann.events.length;
    await cat.send('ann', 'from a terminal 👋');
    const got = await ann.received((message) => message.payload?.text === 'from a terminal 👋', { from });
    assert.deepEqual([got.from, got.conversationID, got.type], ['cat', 'C2Ccat', ann.TYPES.MSG_TEXT]);
  });

  await step('an online-only message arrives and is not stored', async () => {
    const from = bob.events.length;
    const sent = await ann.send('Text', { user: 'bob' }, { text: 'now or never' }, {}, { onlineUserOnly: true });
    await bob.received((message) => message.ID === sent.ID, { from });
    const now = Math.floor(Date.now() / 1000);
    const stored = await stage.must('openim/admin_getroammsg', { Operator_Account: 'ann', Peer_Account: 'bob', MaxCnt: 100, MinTime: now - 600, MaxTime: now + 5 });
    assert.ok(!JSON.stringify(stored).includes('now or never'));
  });

  await step('a message that counts nothing leaves the unread count', async () => {
    const before = (await bob.conversation('C2Cann')).unreadCount;
    const from = bob.events.length;
    const sent = await ann.send('Text', { user: 'bob' }, { text: 'quiet' }, {}, { messageControlInfo: { excludedFromUnreadCount: true, excludedFromLastMessage: true } });
    await bob.received((message) => message.ID === sent.ID, { from });
    const conversation = await bob.conversation('C2Cann');
    assert.equal(conversation.unreadCount, before);
    assert.notEqual(conversation.lastMessage.messageForShow, 'quiet');
  });

  await step('a message above 12 KB is refused, not lost in silence', async () => {
    const refused = await ann.send('Text', { user: 'bob' }, { text: 'x'.repeat(12 * 1024 + 200) }).then(() => undefined, (error) => error);
    assert.ok(refused?.code, 'the promise was kept');
  });

  await step('a message to somebody who does not exist is refused with its code', async () => {
    const refused = await ann.send('Text', { user: 'nobody_here' }, { text: 'hello?' }).then(() => undefined, (error) => error);
    assert.equal(refused?.code, 20003);
  });

  await step('whom one blocks is told nothing and not heard', async () => {
    await bob.chat.addToBlacklist({ userIDList: ['ann'] });
    await bob.event('BLACKLIST_UPDATED', (list) => list.includes('ann'));
    assert.deepEqual((await bob.chat.getBlacklist()).data, ['ann']);
    const from = bob.events.length;
    await ann.send('Text', { user: 'bob' }, { text: 'are you there' });
    await bob.chat.removeFromBlacklist({ userIDList: ['ann'] });
    const sent = await ann.send('Text', { user: 'bob' }, { text: 'and now' });
    await bob.received((message) => message.ID === sent.ID, { from });
    assert.ok(!bob.events.slice(from).some((e) => JSON.stringify(e.data ?? '').includes('are you there')));
  });
}


