// Live rooms and data of groups: joining an AVChatRoom, its messages, leaving it, attributes, counters.

import assert from 'node:assert/strict';
import { Person } from '../person.mjs';
import { eventually } from '../stage.mjs';

export async function play(step, stage, cast) {
  const { ann, bob } = cast;
  const made = await stage.must('group_open_http_svc/create_group', { Owner_Account: 'ann', Type: 'AVChatRoom', Name: 'Regatta' });
  const room = made.GroupId;
  const count = async () => (await stage.must('group_open_http_svc/get_online_member_num', { GroupId: room })).OnlineMemberNum;

  await step('a live room is joined and counts who is inside', async () => {
    for (const person of [ann, bob]) {
      const { data } = await person.chat.joinGroup({ groupID: room, type: person.TYPES.GRP_AVCHATROOM });
      assert.equal(data.status, person.TYPES.JOIN_STATUS_SUCCESS);
    }
    await eventually('two inside', async () => (await count()) === 2);
  });

  await step('what is said in a live room is numbered and comes to the others in its order', async () => {
    const [from, asked] = [bob.events.length, bob.wire.sent.length];
    const sent = [];
    for (let at = 0; at < 20; at += 1) sent.push(await ann.send('Text', { group: room }, { text: `lap ${at}` }));
    assert.deepEqual(sent.map((message) => message.sequence), sent.map((_, at) => at + 1));
    const got = () => bob.events.slice(from).filter((e) => e.name === bob.EVENT.MESSAGE_RECEIVED).flatMap((e) => e.data).filter((message) => message.to === room && message.type === bob.TYPES.MSG_TEXT);
    await eventually('twenty messages', () => got().length === 20, 2000);
    assert.deepEqual(got().map((message) => [message.payload.text, message.from]), sent.map((message) => [message.payload.text, 'ann']));
    // Without a key for it the SDK does not poll: everything is pushed.
    assert.ok(!bob.wire.sent.slice(asked).some((frame) => frame.head.servcmd.includes('long_polling')));
  });

  await step('a live room hears its tips and the backend\'s notices', async () => {
    const marks = [ann.events.length, bob.events.length];
    const eve = cast.eve ?? (cast.eve = await Person.login(stage, 'eve'));
    await eve.chat.joinGroup({ groupID: room, type: eve.TYPES.GRP_AVCHATROOM });
    for (const [at, person] of [ann, bob].entries()) {
      const tip = await person.received((m) => m.type === person.TYPES.MSG_GRP_TIP && m.to === room && m.payload.operationType === person.TYPES.GRP_TIP_MBR_JOIN, { from: marks[at] });
      assert.deepEqual(tip.payload.userIDList, ['eve']);
    }
    const from = bob.events.length;
    await stage.must('group_open_http_svc/send_group_system_notification', { GroupId: room, Content: 'start in a minute' });
    const notice = await bob.received((m) => m.conversationType === bob.TYPES.CONV_SYSTEM && m.payload.operationType === 255, { from });
    assert.equal(notice.payload.userDefinedField, 'start in a minute');
    await eve.chat.quitGroup(room);
  });

  await step('the SDK writes and reads attributes of a group', async () => {
    const groupAttributes = { lap: '3', leader: 'ann' };
    await ann.chat.initGroupAttributes({ groupID: room, groupAttributes });
    assert.deepEqual((await ann.chat.getGroupAttributes({ groupID: room, keyList: [] })).data.groupAttributes, groupAttributes);
    await ann.chat.setGroupAttributes({ groupID: room, groupAttributes: { lap: '4' } });
    const { GroupAttrAry } = await stage.must('group_open_attr_http_svc/get_group_attr', { GroupId: room });
    assert.deepEqual(GroupAttrAry.map(({ key, value }) => [key, value]), [['lap', '4'], ['leader', 'ann']]);
    await ann.chat.deleteGroupAttributes({ groupID: room, keyList: ['leader'] });
    const left = await stage.must('group_open_attr_http_svc/get_group_attr', { GroupId: room });
    assert.deepEqual(left.GroupAttrAry.map(({ key }) => key), ['lap']);
  });

  await step('a live room is left and hears no more', async () => {
    await bob.chat.quitGroup(room);
    await eventually('one inside', async () => (await count()) === 1);
    const from = bob.events.length;
    await ann.send('Text', { group: room }, { text: 'to nobody' });
    await ann.send('Text', { user: 'bob' }, { text: 'after it' });
    await bob.received((message) => message.payload?.text === 'after it', { from });
    assert.ok(!JSON.stringify(bob.wire.got).includes('to nobody'));
  });
}
