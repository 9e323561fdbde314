// What happens to messages after they were sent: read, recalled, modified, deleted, receipts, reactions.

import assert from 'node:assert/strict';
import { eventually } from '../stage.mjs';
import { random, textElement } from './elements.mjs';

export async function play(step, stage, cast) {
  const { ann, bob, cat } = cast;
  const group = (await stage.must('group_open_http_svc/create_group', {
    Owner_Account: 'ann', Type: 'Public', Name: 'After', MemberList: [{ Member_Account: 'bob' }, { Member_Account: 'cat' }],
  })).GroupId;

  /** ann sends it, bob has it. */
  const say = async (target, text, extra) => {
    const from = bob.events.length;
    const sent = await ann.send('Text', target, { text }, extra);
    const got = await bob.received((message) => message.ID === sent.ID, { from });
    return { sent, got };
  };
  const chats = [['one-to-one', { user: 'bob' }, 'C2Cann'], ['group', { group }, `GROUP${group}`]];

  await step('one-to-one: the reader\'s mark makes the sender\'s messages read', async () => {
    const { sent } = await say({ user: 'bob' }, 'read me');
    assert.equal(sent.isPeerRead, false);
    const from = ann.events.length;
    await bob.chat.setMessageRead({ conversationID: 'C2Cann' });
    await ann.event('MESSAGE_READ_BY_PEER', (list) => list.some((message) => message.ID === sent.ID && message.isPeerRead), { from });
    assert.equal((await bob.conversation('C2Cann')).unreadCount, 0);
  });

  await step('one-to-one: what the backend marks read is read at once', async () => {
    const before = bob.events.length;
    await stage.must('openim/sendmsg', { From_Account: 'shop', To_Account: 'bob', MsgRandom: random(), MsgBody: [textElement('unread')] });
    await bob.received((message) => message.payload?.text === 'unread', { from: before });
    assert.equal((await bob.conversation('C2Cshop')).unreadCount, 1);
    const from = bob.events.length;
    await stage.must('openim/admin_set_msg_read', { Report_Account: 'bob', Peer_Account: 'shop' });
    await bob.event('CONVERSATION_LIST_UPDATED', (list) => list.some((c) => c.conversationID === 'C2Cshop' && c.unreadCount === 0), { from });
  });

  await step('group: a read mark ends the unread count', async () => {
    await say({ group }, 'count me');
    assert.ok((await bob.conversation(`GROUP${group}`)).unreadCount > 0);
    await bob.chat.setMessageRead({ conversationID: `GROUP${group}` });
    assert.equal((await bob.conversation(`GROUP${group}`)).unreadCount, 0);
    const list = await stage.must('recentcontact/get_list', { From_Account: 'bob', TimeStamp: 0, StartIndex: 0, TopTimeStamp: 0, TopStartIndex: 0, AssistFlags: 15 });
    assert.ok(list.SessionItem.some((item) => item.GroupId === group || item.ToGroupId === group), JSON.stringify(list));
  });

  await step('all conversations are marked read at once', async () => {
    await say({ user: 'bob' }, 'one more');
    await say({ group }, 'and one here');
    assert.ok(bob.chat.getTotalUnreadMessageCount() > 0);
    await bob.chat.setAllMessageRead({ scope: bob.TYPES.READ_ALL_MSG });
    await eventually('a total of 0', () => bob.chat.getTotalUnreadMessageCount() === 0);
    assert.deepEqual([(await bob.conversation('C2Cann')).unreadCount, (await bob.conversation(`GROUP${group}`)).unreadCount], [0, 0]);
  });

  for (const [name, target] of chats) {
    await step(`${name}: the sender recalls, the reader sees it`, async () => {
      const { sent } = await say(target, 'take this back');
      const from = bob.events.length;
      const { data } = await ann.chat.revokeMessage(sent);
      assert.equal(data.message.isRevoked, true);
      const list = await bob.event('MESSAGE_REVOKED', (revoked) => revoked.some((message) => message.ID === sent.ID), { from });
      assert.equal(list.find((message) => message.ID === sent.ID).isRevoked, true);
    });

    await step(`${name}: the backend recalls, both see it`, async () => {
      const { sent } = await say(target, 'not allowed');
      const [fromAnn, fromBob] = [ann.events.length, bob.events.length];
      if (target.group) {
        await stage.must('group_open_http_svc/group_msg_recall', { GroupId: group, MsgSeqList: [{ MsgSeq: sent.sequence }] });
      } else {
        const now = sent.time;
        await stage.must('openim/admin_msgwithdraw', { From_Account: 'ann', To_Account: 'bob', MsgKey: `${sent.sequence}_${sent.random}_${now}` });
      }
      await bob.event('MESSAGE_REVOKED', (list) => list.some((message) => message.ID === sent.ID), { from: fromBob });
      await ann.event('MESSAGE_REVOKED', (list) => list.some((message) => message.ID === sent.ID), { from: fromAnn });
    });

    await step(`${name}: the sender modifies, the reader sees it`, async () => {
      const { sent } = await say(target, 'befoer');
      const from = bob.events.length;
      sent.payload.text = 'before';
      sent.cloudCustomData = '{"edited":1}';
      const { code } = await ann.chat.modifyMessage(sent);
      assert.equal(code, 0);
      const list = await bob.event('MESSAGE_MODIFIED', (modified) => modified.some((message) => message.ID === sent.ID), { from });
      const now = list.find((message) => message.ID === sent.ID);
      assert.deepEqual([now.payload.text, now.cloudCustomData, now.isModified], ['before', '{"edited":1}', true]);
    });

    await step(`${name}: the backend modifies, both see it`, async () => {
      const { sent } = await say(target, 'rude');
      const marks = [ann, bob].map((person) => person.events.length);
      if (target.group) {
        await stage.must('openim/modify_group_msg', { GroupId: group, MsgSeq: sent.sequence, MsgBody: [textElement('***')] });
      } else {
        await stage.must('openim/modify_c2c_msg', { From_Account: 'ann', To_Account: 'bob', MsgKey: `${sent.sequence}_${sent.random}_${sent.time}`, MsgBody: [textElement('***')] });
      }
      for (const [at, person] of [ann, bob].entries()) {
        await person.event('MESSAGE_MODIFIED', (list) => list.some((m) => m.ID === sent.ID && m.payload.text === '***'), { from: marks[at] });
      }
    });

    await step(`${name}: one deletes a message for oneself only`, async () => {
      const { sent, got } = await say(target, 'only mine goes');
      await bob.chat.deleteMessage([got]);
      const mine = (await bob.history(target.group ? `GROUP${group}` : 'C2Cann')).messages;
      assert.ok(!mine.some((message) => message.ID === sent.ID && !message.isDeleted));
      const hers = (await ann.history(target.group ? `GROUP${group}` : 'C2Cbob')).messages;
      assert.ok(hers.some((message) => message.ID === sent.ID));
    });
  }

  await step('the recall of another\'s message is refused', async () => {
    const { got } = await say({ user: 'bob' }, 'mine alone');
    const refused = await bob.chat.revokeMessage(got).then(() => undefined, (error) => error);
    assert.ok(refused?.code, 'the receiver recalled it');
  });

  await step('one-to-one: a receipt is asked for and given', async () => {
    const { got } = await say({ user: 'bob' }, 'please confirm', { needReadReceipt: true });
    assert.equal(got.needReadReceipt, true);
    const from = ann.wire.got.length;
    await bob.chat.sendMessageReadReceipt([got]);
    // The SDK's own event for it is not known (contract/web-frames.md 2.14); the server tells it as it tells terminals.
    await eventually('the receipt', () => ann.wire.got.slice(from).some((frame) => frame.body.EventArray?.some((item) => item.TernReceipt)));
  });

  await step('group: a receipt is asked for, given, and counted', async () => {
    const { sent, got } = await say({ group }, 'please confirm, all', { needReadReceipt: true });
    assert.equal(got.needReadReceipt, true);
    const from = ann.events.length;
    await bob.chat.sendMessageReadReceipt([got]);
    const told = await ann.event('MESSAGE_READ_RECEIPT_RECEIVED', (list) => list.some((one) => one.messageID === sent.ID), { from });
    assert.deepEqual([told[0].readCount, told[0].unreadCount], [1, 1]);
    const { messageList } = (await ann.chat.getMessageReadReceiptList([sent])).data;
    const counts = messageList[0].readReceiptInfo;
    assert.deepEqual([counts.readCount, counts.unreadCount], [1, 1]);
    const members = await ann.chat.getGroupMessageReadMemberList({ message: sent, filter: 0 });
    assert.deepEqual(members.data.readUserIDList, ['bob']);
  });

  await step('a terminal\'s recall reaches the SDK', async () => {
    const from = bob.events.length;
    await cat.send('bob', 'oops');
    const got = await bob.received((message) => message.payload?.text === 'oops', { from });
    await stage.must('openim/admin_msgwithdraw', { From_Account: 'cat', To_Account: 'bob', MsgKey: `${got.sequence}_${got.random}_${got.time}` });
    await bob.event('MESSAGE_REVOKED', (list) => list.some((message) => message.ID === got.ID), { from });
  });
}
