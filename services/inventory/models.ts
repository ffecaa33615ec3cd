import { Elysia } from 'elysia'
import * as allocation from '../../shared/schemas/allocation.ts'
import * as history from '../../shared/schemas/allocation-history.ts'
import * as bundle from '../../shared/schemas/allocation-bundle.ts'
import * as calendar from '../../shared/schemas/calendar.ts'
import * as event from '../../shared/schemas/event.ts'
import * as display from '../../shared/schemas/display.ts'
import * as opening from '../../shared/schemas/opening.ts'
import { Problem } from '../../shared/schemas/problem.ts'
import * as reservation from '../../shared/schemas/reservation.ts'
import * as resource from '../../shared/schemas/resource.ts'
import * as resourceType from '../../shared/schemas/resource-type.ts'
import * as waitlist from '../../shared/schemas/waitlist.ts'
import * as withdrawal from '../../shared/schemas/withdrawal.ts'

/** The wire models under the names by which routes and the OpenAPI document refer to them. */
export const models = new Elysia({ name: 'inventory models' }).model({
  AllocatedBundle: bundle.AllocatedBundle,
  Allocation: allocation.Allocation,
  AllocationEvent: event.AllocationEvent,
  AllocationChange: allocation.AllocationChange,
  AllocationList: allocation.AllocationList,
  AllocationVersion: history.AllocationVersion,
  AllocationVersionList: history.AllocationVersionList,
  Audit: allocation.Audit,
  Availability: allocation.Availability,
  BundleProblem: bundle.BundleProblem,
  Change: history.Change,
  ChangeEvent: event.ChangeEvent,
  ChangeList: history.ChangeList,
  CalendarEntries: calendar.CalendarEntries,
  CalendarQuery: calendar.CalendarQuery,
  CurrentQuery: display.CurrentQuery,
  CurrentReservations: display.CurrentReservations,
  ConflictingAllocation: allocation.ConflictingAllocation,
  NewBundle: bundle.NewBundle,
  HoldExtension: allocation.HoldExtension,
  ItemRefusal: bundle.ItemRefusal,
  NewAllocation: allocation.NewAllocation,
  NewResource: resource.NewResource,
  NewResourceType: resourceType.NewResourceType,
  HiddenResources: reservation.HiddenResources,
  ManagedTargets: reservation.ManagedTargets,
  ManagedTypes: reservation.ManagedTypes,
  NewReservation: reservation.NewReservation,
  NewTypedResource: resource.NewTypedResource,
  NewWaitlistEntry: waitlist.NewWaitlistEntry,
  Opening: opening.Opening,
  OpeningList: opening.OpeningList,
  OverlapProblem: allocation.OverlapProblem,
  Problem,
  Span: allocation.Span,
  MoveQuery: reservation.MoveQuery,
  ReservationMove: reservation.ReservationMove,
  ReservationOutcomes: reservation.ReservationOutcomes,
  ReservationOutlook: reservation.ReservationOutlook,
  ReservationPerson: reservation.ReservationPerson,
  ReservationWork: reservation.ReservationWork,
  NewReservations: reservation.NewReservations,
  KnownReservations: reservation.KnownReservations,
  ReservationRelease: reservation.ReservationRelease,
  ReservationTerms: reservation.ReservationTerms,
  SightQuery: reservation.SightQuery,
  TakenReservations: reservation.TakenReservations,
  Resource: resource.Resource,
  ResourceChange: resource.ResourceChange,
  ResourceInUseProblem: resource.ResourceInUseProblem,
  ResourceList: resource.ResourceList,
  ResourcePhoto: resource.ResourcePhoto,
  ResourcePhotoLinks: resource.ResourcePhotoLinks,
  ResourceType: resourceType.ResourceType,
  ResourceTypeChange: resourceType.ResourceTypeChange,
  ResourceTypeList: resourceType.ResourceTypeList,
  StreamTicket: event.StreamTicket,
  Slot: allocation.Slot,
  SlotList: allocation.SlotList,
  WaitlistEntry: waitlist.WaitlistEntry,
  WaitlistEntryList: waitlist.WaitlistEntryList,
  NewWithdrawal: withdrawal.NewWithdrawal,
  WithdrawalPlan: withdrawal.WithdrawalPlan,
})
