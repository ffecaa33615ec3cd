import { Elysia, t } from 'elysia'
import * as directory from '../../shared/schemas/directory.ts'
import * as group from '../../shared/schemas/group.ts'
import { Problem } from '../../shared/schemas/problem.ts'
import * as user from '../../shared/schemas/user.ts'

/** The wire models under the names by which routes and the OpenAPI document refer to them. */
export const models = new Elysia({ name: 'users models' }).model({
  // An administrator who removes somebody sends none.
  AccountRemoval: t.Optional(user.AccountRemoval),
  AddressLookup: user.AddressLookup,
  AddressOwners: user.AddressOwners,
  Credentials: user.Credentials,
  Directory: directory.Directory,
  EndedLogins: user.EndedLogins,
  Group: group.Group,
  GroupChange: group.GroupChange,
  GroupList: group.GroupList,
  GroupMemberList: group.GroupMemberList,
  KeySet: user.KeySet,
  Login: user.Login,
  LoginList: user.LoginList,
  Membership: group.Membership,
  NewGroup: group.NewGroup,
  NewUser: user.NewUser,
  Pong: user.Pong,
  Problem,
  RefreshToken: user.RefreshToken,
  RemovedUsers: user.RemovedUsers,
  SignUp: user.SignUp,
  SigningKey: user.SigningKey,
  Tokens: user.Tokens,
  User: user.User,
  UserChange: user.UserChange,
  UserList: user.UserList,
})
