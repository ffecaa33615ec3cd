import { Elysia, t } from 'elysia'
import * as directory from '../../shared/schemas/directory.ts'
import * as group from '../../shared/schemas/group.ts'
import { Problem } from '../../shared/schemas/problem.ts'
import * as invitation from '../../shared/schemas/invitation.ts'
import * as recipient from '../../shared/schemas/recipient.ts'
import * as recovery from '../../shared/schemas/recovery.ts'
import * as user from '../../shared/schemas/user.ts'

/** Wire models, under the names that routes and the OpenAPI document use. */
export const models = new Elysia({ name: 'users models' }).model({
  // Not sent by an administrator who removes another account.
  AccountRemoval: t.Optional(user.AccountRemoval),
  MailAddress: invitation.MailAddress,
  AddressChange: recovery.AddressChange,
  AddressConfirmation: recovery.AddressConfirmation,
  AddressLookup: user.AddressLookup,
  AddressOwners: user.AddressOwners,
  Credentials: user.Credentials,
  Directory: directory.Directory,
  EndedLogins: user.EndedLogins,
  Group: group.Group,
  GroupChange: group.GroupChange,
  GroupList: group.GroupList,
  GroupMemberList: group.GroupMemberList,
  GroupsLookup: user.GroupsLookup,
  GroupsOfUsers: user.GroupsOfUsers,
  InvitationAcceptance: invitation.InvitationAcceptance,
  InvitationList: invitation.InvitationList,
  InvitationToken: invitation.InvitationToken,
  KeySet: user.KeySet,
  Login: user.Login,
  LoginList: user.LoginList,
  MadeInvitation: invitation.MadeInvitation,
  Membership: t.Optional(group.Membership),
  NewGroup: group.NewGroup,
  NewInvitation: invitation.NewInvitation,
  NewPassword: recovery.NewPassword,
  NewUser: user.NewUser,
  OpenInvitation: invitation.OpenInvitation,
  PasswordLink: recovery.PasswordLink,
  PasswordSet: recovery.PasswordSet,
  Pong: user.Pong,
  Problem,
  RecipientLookup: recipient.RecipientLookup,
  Recipients: recipient.Recipients,
  RefreshToken: user.RefreshToken,
  RemovedUsers: user.RemovedUsers,
  SignUp: user.SignUp,
  SigningKey: user.SigningKey,
  Tokens: user.Tokens,
  User: user.User,
  UserChange: user.UserChange,
  UserList: user.UserList,
})
