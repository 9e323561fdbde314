// What the SDK asks for only where the application has it: online states, reactions, extensions, marks, conversation groups, search,
// pinned messages, counters, requests to join.

import assert from 'node:assert/strict';
import { Person } from '../person.mjs';
import { eventually } from '../stage.mjs';

export async function play(step, stage, cast) {
  const { ann, bob } = cast;
  const group = (await stage.must('group_open_http_svc/create_group', {
    Owner_Account: 'ann', Type: 'Public', Name: 'Regatta office', ApplyJoinOption: 'NeedPermission', MemberList: [{ Member_Account: 'bob' }],
  })).GroupId;

  /** ann sends it, bob has it. */
  const say = async (target, text, extra) => {
    const from = bob.events.length;
    const sent = await ann.send('Text', target, { text }, extra);
    return { sent, got: await bob.received((message) => message.ID === sent.ID, { from }) };
  };
  const chats = [['one-to-one', { user: 'bob' }], ['group', { group }]];

  await step('online states are asked for, subscribed to and told', async () => {
    const fay = await Person.login(stage, 'fay');
    assert.equal((await fay.chat.setSelfStatus({ customStatus: 'at sea' })).data.customStatus, 'at sea');
    const { data } = await ann.chat.getUserStatus({ userIDList: ['fay', 'nobody'] });
    // The SDK's name for what people say of themselves is not known (contract/web-frames.md 2.11).
    assert.deepEqual(data.successUserList.map((one) => [one.userID, one.statusType]), [['fay', 1]]);
    assert.deepEqual(data.failureUserList.map((one) => one.userID), ['nobody']);
    await ann.chat.subscribeUserStatus({ userIDList: ['fay'] });
    const from = ann.events.length;
    await fay.logout();
    await ann.event('USER_STATUS_UPDATED', (list) => list.some((one) => one.userID === 'fay' && one.statusType === 3), { from });
    await ann.chat.unsubscribeUserStatus({ userIDList: ['fay'] });
  });

  for (const [name, target] of chats) {
    await step(`${name}: a reaction is added, told, counted, listed and taken back`, async () => {
      const { sent, got } = await say(target, 'who is with me?');
      const from = ann.events.length;
      await bob.chat.addMessageReaction(got, 'thumbs');
      const told = await ann.event('MESSAGE_REACTIONS_UPDATED', (one) => one.messageID === sent.ID, { from });
      assert.deepEqual(told.reactionList.map((one) => [one.reactionID, one.totalUserCount, one.partialUserList.map((user) => user.userID)]), [['thumbs', 1, ['bob']]]);
      const { resultList } = (await bob.chat.getMessageReactions({ messageList: [got], maxUserCountPerReaction: 5 })).data;
      assert.deepEqual(resultList[0].reactionList.map((one) => [one.reactionID, one.totalUserCount, one.reactedByMyself]), [['thumbs', 1, true]]);
      const users = (await ann.chat.getAllUserListOfMessageReaction({ message: sent, reactionID: 'thumbs', nextSeq: 0, count: 10 })).data;
      assert.deepEqual([users.userList.map((user) => user.userID), users.isCompleted], [['bob'], true]);
      await bob.chat.removeMessageReaction(got, 'thumbs');
      const left = (await ann.chat.getMessageReactions({ messageList: [sent], maxUserCountPerReaction: 5 })).data.resultList;
      assert.deepEqual(left.flatMap((one) => one.reactionList), []);
    });

    await step(`${name}: extensions of a message are set, read and deleted`, async () => {
      const { sent, got } = await say(target, 'sign up', { isSupportExtension: true });
      const set = (await bob.chat.setMessageExtensions(got, [{ key: 'seat', value: '4' }])).data.extensions;
      assert.deepEqual(set.map((one) => [one.code, one.key, one.value]), [[0, 'seat', '4']]);
      const read = (await ann.chat.getMessageExtensions(sent)).data.extensions;
      assert.deepEqual(read.map((one) => [one.key, one.value]), [['seat', '4']]);
      await bob.chat.deleteMessageExtensions(got, ['seat']);
    });
  }

  await step('conversations are marked, given data, and put into groups', async () => {
    await say({ user: 'bob' }, 'for the list');
    const list = { conversationIDList: ['C2Cann'] };
    const marked = (await bob.chat.markConversation({ ...list, markType: bob.TYPES.CONV_MARK_TYPE_STAR, enableMark: true })).data;
    assert.deepEqual(marked.successConversationIDList, ['C2Cann']);
    assert.deepEqual((await bob.chat.setConversationCustomData({ ...list, customData: 'crew' })).data.successConversationIDList, ['C2Cann']);
    assert.deepEqual((await bob.chat.createConversationGroup({ ...list, groupName: 'boat' })).data.successConversationIDList, ['C2Cann']);
    await bob.chat.renameConversationGroup({ oldName: 'boat', newName: 'ship' });
    assert.deepEqual((await bob.chat.getConversationGroupList()).data, ['ship']);
    const now = await bob.conversation('C2Cann');
    assert.deepEqual([now.markList, now.customData, now.conversationGroupList], [[bob.TYPES.CONV_MARK_TYPE_STAR], 'crew', ['ship']]);
    assert.deepEqual((await bob.chat.deleteConversationsFromGroup({ ...list, groupName: 'ship' })).data.successConversationIDList, ['C2Cann']);
    assert.deepEqual((await bob.chat.addConversationsToGroup({ ...list, groupName: 'ship' })).data.successConversationIDList, ['C2Cann']);
    await bob.chat.deleteConversationGroup('ship');
    assert.deepEqual((await bob.chat.getConversationGroupList()).data, []);
  });

  await step('messages of a group are pinned, listed and unpinned', async () => {
    const { got } = await say({ group }, 'the start is at ten');
    await bob.chat.pinGroupMessage({ groupID: group, message: got, isPinned: true });
    const pinned = (await ann.chat.getPinnedGroupMessageList(group)).data.messageList;
    assert.deepEqual(pinned.map((message) => message.payload.text), ['the start is at ten']);
    await bob.chat.pinGroupMessage({ groupID: group, message: got, isPinned: false });
    assert.deepEqual((await ann.chat.getPinnedGroupMessageList(group)).data.messageList, []);
  });

  await step('counters are set, raised and lowered', async () => {
    assert.deepEqual((await ann.chat.setGroupCounters({ groupID: group, counters: { boats: 3 } })).data.counters, { boats: 3 });
    assert.deepEqual((await ann.chat.increaseGroupCounter({ groupID: group, key: 'boats', value: 2 })).data.counters, { boats: 5 });
    assert.deepEqual((await ann.chat.decreaseGroupCounter({ groupID: group, key: 'boats', value: 1 })).data.counters, { boats: 4 });
    assert.deepEqual((await bob.chat.getGroupCounters({ groupID: group })).data.counters, { boats: 4 });
  });

  await step('a group is found by its ID, with what strangers may see', async () => {
    const dan = cast.dan ?? (cast.dan = await Person.login(stage, 'dan'));
    const found = (await dan.chat.searchGroupByID(group)).data.group;
    assert.deepEqual([found.groupID, found.name, found.type], [group, 'Regatta office', dan.TYPES.GRP_PUBLIC]);
    assert.equal((await ann.chat.getGroupOnlineMemberCount(group)).data.memberCount, 2);
  });

  await step('requests to join are listed, and decided from the list', async () => {
    const dan = cast.dan;
    assert.deepEqual((await ann.chat.getGroupApplicationList()).data.applicationList.filter((one) => one.groupID === group), []);
    await dan.chat.joinGroup({ groupID: group, type: dan.TYPES.GRP_PUBLIC, applyMessage: 'I can steer' });
    const { applicationList } = (await ann.chat.getGroupApplicationList()).data;
    const application = applicationList.find((one) => one.groupID === group);
    assert.deepEqual([application.applicant, application.groupName, application.applicationType, application.note], ['dan', 'Regatta office', 0, 'I can steer']);
    await ann.chat.handleGroupApplication({ handleAction: 'Agree', handleMessage: '', application });
    await eventually('dan inside', async () => (await dan.chat.getGroupList()).data.groupList.some((one) => one.groupID === group));
    assert.deepEqual((await ann.chat.getGroupApplicationList()).data.applicationList.filter((one) => one.groupID === group), []);
  });

  await step('messages, people, groups and members are found on the server', async () => {
    await say({ group }, 'where is the spinnaker');
    const hits = await eventually('the message', async () => {
      const { searchResultList } = (await ann.chat.searchCloudMessages({ keywordList: ['spinnaker'] })).data;
      return searchResultList.length && searchResultList;
    });
    assert.deepEqual(hits.map((hit) => [hit.conversationID, hit.messageList[0]?.payload.text]), [[`GROUP${group}`, 'where is the spinnaker']]);
    const within = (await ann.chat.searchCloudMessages({ keywordList: ['spinnaker'], conversationID: `GROUP${group}` })).data.searchResultList;
    assert.equal(within[0].messageList[0].payload.text, 'where is the spinnaker');
    assert.deepEqual((await ann.chat.searchCloudUsers({ keywordList: ['bob'] })).data.searchResultList.map((user) => user.userID), ['bob']);
    assert.deepEqual((await ann.chat.searchCloudGroups({ keywordList: ['Regatta off'] })).data.searchResultList.map((one) => one.groupID), [group]);
    const members = (await ann.chat.searchCloudGroupMembers({ keywordList: ['bob'], groupIDList: [group] })).data.searchResultList;
    assert.deepEqual(members.map((one) => [one.groupInfo.groupID, one.memberList.map((member) => member.userID)]), [[group, ['bob']]]);
  });

  await step('a merged message that is too long for itself is kept apart and read back', async () => {
    const messageList = [];
    for (let at = 0; at < 20; at += 1) messageList.push(await ann.send('Text', { user: 'bob' }, { text: `${at} ${'long '.repeat(200)}` }));
    const from = bob.events.length;
    const sent = await ann.send('Merger', { user: 'bob' }, { messageList, title: 'all of it', abstractList: ['0 long', '1 long'], compatibleText: 'merged' });
    const got = await bob.received((message) => message.ID === sent.ID, { from });
    assert.equal(got.payload.messageList?.length ?? 0, 0);
    const whole = await bob.chat.downloadMergerMessage(got);
    assert.deepEqual(whole.payload.messageList.map((message) => message.messageBody?.[0]?.payload?.text ?? message.payload?.text), messageList.map((message) => message.payload.text));
  });
}
