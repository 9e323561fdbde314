// Members of groups: joining with approval, roles, mutes, name cards, transfer, the end.

import assert from 'node:assert/strict';
import { Person } from '../person.mjs';

export async function play(step, stage, cast) {
  const { ann, bob } = cast;
  const eve = (cast.eve = await Person.login(stage, 'eve'));
  let group;

  const tipOf = (person, type, from) => person.received((m) => m.type === person.TYPES.MSG_GRP_TIP && m.to === group && m.payload.operationType === type, { from });
  const noticeOf = (person, type, from) => person.received((m) => m.conversationType === person.TYPES.CONV_SYSTEM && m.payload.operationType === type, { from });

  await step('who wants into a group waits, and the owner is told', async () => {
    const { data } = await ann.chat.createGroup({ type: ann.TYPES.GRP_PUBLIC, name: 'Rowing', memberList: [{ userID: 'bob' }] });
    group = data.group.groupID;
    const from = ann.events.length;
    const joined = await eve.chat.joinGroup({ groupID: group, type: eve.TYPES.GRP_PUBLIC, applyMessage: 'may I row?' });
    assert.equal(joined.data.status, eve.TYPES.JOIN_STATUS_WAIT_APPROVAL);
    cast.notice = await noticeOf(ann, 1, from);
    assert.deepEqual([cast.notice.payload.operatorID, cast.notice.payload.groupProfile.groupID], ['eve', group]);
  });

  await step('the owner lets the applicant in', async () => {
    const marks = [eve.events.length, bob.events.length];
    await ann.chat.handleGroupApplication({ handleAction: 'Agree', handleMessage: 'welcome', message: cast.notice });
    const notice = await noticeOf(eve, 2, marks[0]);
    assert.deepEqual([notice.payload.operatorID, notice.payload.groupProfile.groupID], ['ann', group]);
    const tip = await tipOf(bob, bob.TYPES.GRP_TIP_MBR_JOIN, marks[1]);
    assert.deepEqual(tip.payload.userIDList, ['eve']);
    const again = await ann.chat.handleGroupApplication({ handleAction: 'Agree', handleMessage: '', message: cast.notice }).then(() => undefined, (error) => error);
    assert.equal(again?.code, 10024);
  });

  await step('an admin is appointed and dismissed', async () => {
    const marks = [eve.events.length, bob.events.length];
    await ann.chat.setGroupMemberRole({ groupID: group, userID: 'eve', role: ann.TYPES.GRP_MBR_ROLE_ADMIN });
    await noticeOf(eve, 9, marks[0]);
    const tip = await tipOf(bob, bob.TYPES.GRP_TIP_MBR_SET_ADMIN, marks[1]);
    assert.deepEqual(tip.payload.userIDList, ['eve']);
    const { memberList } = (await bob.chat.getGroupMemberProfile({ groupID: group, userIDList: ['eve'] })).data;
    assert.equal(memberList[0].role, bob.TYPES.GRP_MBR_ROLE_ADMIN);
    const from = bob.events.length;
    await ann.chat.setGroupMemberRole({ groupID: group, userID: 'eve', role: ann.TYPES.GRP_MBR_ROLE_MEMBER });
    await tipOf(bob, bob.TYPES.GRP_TIP_MBR_CANCELED_ADMIN, from);
  });

  await step('who is muted cannot speak until it is lifted', async () => {
    const from = bob.events.length;
    await ann.chat.setGroupMemberMuteTime({ groupID: group, userID: 'eve', muteTime: 600 });
    const tip = await tipOf(bob, bob.TYPES.GRP_TIP_MBR_PROFILE_UPDATED, from);
    assert.deepEqual([tip.payload.memberList[0].userID, tip.payload.memberList[0].muteTime], ['eve', 600]);
    const refused = await eve.send('Text', { group }, { text: 'I am muted' }).then(() => undefined, (error) => error);
    assert.equal(refused?.code, 10017);
    await ann.chat.setGroupMemberMuteTime({ groupID: group, userID: 'eve', muteTime: 0 });
    await eve.send('Text', { group }, { text: 'I may again' });
  });

  await step('a name card is seen in the list of members', async () => {
    await eve.chat.setGroupMemberNameCard({ groupID: group, nameCard: 'Stroke' });
    await ann.chat.setGroupMemberNameCard({ groupID: group, userID: 'bob', nameCard: 'Cox' });
    const { memberList } = (await ann.chat.getGroupMemberList({ groupID: group, count: 30, offset: 0 })).data;
    const cards = Object.fromEntries(memberList.map((member) => [member.userID, member.nameCard]));
    assert.deepEqual([cards.eve, cards.bob], ['Stroke', 'Cox']);
  });

  await step('members bring others in as the group allows', async () => {
    await stage.must('group_open_http_svc/delete_group_member', { GroupId: group, MemberToDel_Account: ['eve'] });
    const refused = await bob.chat.addGroupMember({ groupID: group, userIDList: ['eve'] }).then(() => undefined, (error) => error);
    assert.ok(refused?.code, 'members may not invite here');
    await stage.must('group_open_http_svc/modify_group_base_info', { GroupId: group, InviteJoinOption: 'FreeAccess' });
    const { data } = await bob.chat.addGroupMember({ groupID: group, userIDList: ['eve', 'ann'] });
    assert.deepEqual([data.successUserIDList, data.existedUserIDList], [['eve'], ['ann']]);
  });

  await step('a group is handed on, and its new owner ends it', async () => {
    const from = eve.events.length;
    await ann.chat.changeGroupOwner({ groupID: group, newOwnerID: 'bob' });
    const tip = await tipOf(eve, eve.TYPES.GRP_TIP_GRP_PROFILE_UPDATED, from);
    assert.equal(tip.payload.newGroupProfile.ownerID ?? tip.payload.newGroupProfile.Owner_Account, 'bob');
    assert.equal((await eve.chat.getGroupProfile({ groupID: group })).data.group.ownerID, 'bob');
    const late = await ann.chat.dismissGroup(group).then(() => undefined, (error) => error);
    assert.ok(late?.code, 'the former owner ended the group');
    const mark = eve.events.length;
    await bob.chat.dismissGroup(group);
    await noticeOf(eve, 5, mark);
    assert.ok(!(await eve.chat.getGroupList()).data.groupList.some((one) => one.groupID === group));
  });
}
