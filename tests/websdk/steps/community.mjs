// Communities: their own names for every command, topics and what is said in them.

import assert from 'node:assert/strict';
import { eventually } from '../stage.mjs';

export async function play(step, stage, cast) {
  const { ann, bob } = cast;
  let community;
  let topic;

  await step('a community with topics is made, read and changed', async () => {
    const { data } = await ann.chat.createGroup({ type: ann.TYPES.GRP_COMMUNITY, name: 'Harbour', isSupportTopic: true });
    community = data.group.groupID;
    assert.match(community, /^@TGS#_/);
    await ann.chat.updateGroupProfile({ groupID: community, introduction: 'all boats' });
    const profile = (await ann.chat.getGroupProfile({ groupID: community })).data.group;
    assert.deepEqual([profile.name, profile.introduction, profile.type, profile.isSupportTopic], ['Harbour', 'all boats', ann.TYPES.GRP_COMMUNITY, true]);
    assert.ok((await ann.chat.getJoinedCommunityList()).data.groupList.some((one) => one.groupID === community));
  });

  await step('a community is joined, its members are listed and changed', async () => {
    const { data } = await bob.chat.joinGroup({ groupID: community, type: bob.TYPES.GRP_COMMUNITY });
    assert.equal(data.status, bob.TYPES.JOIN_STATUS_SUCCESS);
    await ann.chat.setGroupMemberNameCard({ groupID: community, userID: 'bob', nameCard: 'Mate' });
    const { memberList } = (await ann.chat.getGroupMemberList({ groupID: community, count: 15, offset: 0 })).data;
    assert.deepEqual(memberList.map((member) => [member.userID, member.nameCard]).sort(), [['ann', ''], ['bob', 'Mate']]);
  });

  await step('topics are made, listed and changed', async () => {
    topic = (await ann.chat.createTopicInCommunity({ groupID: community, topicName: 'Weather', introduction: 'wind and waves', customData: 'c' })).data.topicID;
    const { successTopicList } = (await ann.chat.getTopicList({ groupID: community, topicIDList: [] })).data;
    assert.deepEqual(successTopicList.map((one) => [one.topicID, one.topicName, one.introduction, one.customData]), [[topic, 'Weather', 'wind and waves', 'c']]);
    await ann.chat.updateTopicProfile({ groupID: community, topicID: topic, topicName: 'Winds' });
    const now = (await bob.chat.getTopicList({ groupID: community, topicIDList: [topic] })).data.successTopicList;
    assert.equal(now[0].topicName, 'Winds');
  });

  await step('what is said in a topic is received, listed, counted and read', async () => {
    const from = bob.events.length;
    const sent = await ann.send('Text', { group: topic }, { text: 'a gale is coming' });
    const got = await bob.received((message) => message.ID === sent.ID, { from });
    assert.deepEqual([got.to, got.from, got.sequence], [topic, 'ann', sent.sequence]);
    const { messageList } = (await bob.chat.getMessageList({ conversationID: `GROUP${topic}` })).data;
    assert.ok(messageList.some((message) => message.ID === sent.ID));
    await bob.chat.setMessageRead({ conversationID: `GROUP${topic}` });
    await eventually('nothing unread', async () => (await bob.chat.getTopicList({ groupID: community, topicIDList: [topic] })).data.successTopicList[0].unreadCount === 0);
  });

  await step('a message of a topic is recalled and modified', async () => {
    const from = bob.events.length;
    const [gone, changed] = [await ann.send('Text', { group: topic }, { text: 'wrong' }), await ann.send('Text', { group: topic }, { text: 'rihgt' })];
    await bob.received((message) => message.ID === changed.ID, { from });
    await ann.chat.revokeMessage(gone);
    await bob.event('MESSAGE_REVOKED', (list) => list.some((message) => message.ID === gone.ID), { from });
    changed.payload.text = 'right';
    await ann.chat.modifyMessage(changed);
    await bob.event('MESSAGE_MODIFIED', (list) => list.some((message) => message.ID === changed.ID && message.payload.text === 'right'), { from });
  });

  await step('topics are deleted, a community is left and ended', async () => {
    const { successTopicList } = (await ann.chat.deleteTopicFromCommunity({ groupID: community, topicIDList: [topic] })).data;
    assert.deepEqual(successTopicList.map((one) => one.topicID ?? one), [topic]);
    await bob.chat.quitGroup(community);
    await ann.chat.dismissGroup(community);
    assert.ok(!(await ann.chat.getJoinedCommunityList()).data.groupList.some((one) => one.groupID === community));
  });
}
