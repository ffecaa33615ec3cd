CREATE TABLE invitation_groups (
  invitation_id uuid NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
  group_id uuid NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX only_once_in_an_invitation ON invitation_groups (invitation_id, group_id);
CREATE INDEX invitation_groups_by_group ON invitation_groups (group_id);
