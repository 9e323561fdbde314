// Live rooms and data of groups: joining an AVChatRoom, its messages, leaving it, attributes, counters.

import assert from 'node:assert/strict';
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

  // The SDK fetches a room's messages by long polling, which this server does not have; what it sends reaches everybody else.
  await step('what the SDK says in a live room is numbered and heard at the other ends', async () => {
    const sent = [];
    for (let at = 0; at < 20; at += 1) sent.push(await ann.send('Text', { group: room }, { text: `lap ${at}` }));
    assert.deepEqual(sent.map((message) => message.sequence), sent.map((_, at) => at + 1));
    const texts = () => bob.wire.got.flatMap((frame) => frame.body?.EventArray ?? []).flatMap((item) => item.GroupMsgArray ?? [])
      .filter((message) => message.ToGroupId === room).map((message) => message.MsgBody[0].MsgContent.Text);
    await eventually('twenty messages on the wire', () => texts().length === 20);
    assert.deepEqual(texts(), sent.map((message) => message.payload.text));
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
