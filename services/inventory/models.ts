import { Elysia } from 'elysia'
import * as allocation from '../../shared/schemas/allocation.ts'
import { Problem } from '../../shared/schemas/problem.ts'
import * as resource from '../../shared/schemas/resource.ts'

/** The wire models under the names by which routes and the OpenAPI document refer to them. */
export const models = new Elysia({ name: 'inventory models' }).model({
  Allocation: allocation.Allocation,
  AllocationChange: allocation.AllocationChange,
  AllocationList: allocation.AllocationList,
  Audit: allocation.Audit,
  Availability: allocation.Availability,
  NewAllocation: allocation.NewAllocation,
  NewResource: resource.NewResource,
  Problem,
  Resource: resource.Resource,
  ResourceChange: resource.ResourceChange,
  ResourceList: resource.ResourceList,
  ResourceTypeList: resource.ResourceTypeList,
  SlotList: allocation.SlotList,
})
