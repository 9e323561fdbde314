-- Who is muted in a group: few of many members.
CREATE INDEX group_member_muted ON group_member (group_no, muted_until) WHERE muted_until > 0;
-- Owner and admins of a group, who are told of applications and listed first.
CREATE INDEX group_member_leads ON group_member (group_no, role) WHERE role > 200;
