// Decide each line of standard input with @cloud-copilot/iam-simulate; print one result a line.
// `runUnsafeSimulation` leaves session policies out and fails at resource policies, so this calls
// the function behind it. The argument is the folder in which npm installed the package.
import { createInterface } from 'node:readline'

const at = process.argv[2] + '/node_modules/@cloud-copilot/'
const simulate = at + 'iam-simulate/dist/esm/'
const { authorize } = await import(simulate + 'core_engine/CoreSimulatorEngine.js')
const { AwsRequestImpl } = await import(simulate + 'request/request.js')
const { RequestContextImpl } = await import(simulate + 'requestContext.js')
const { DiscoveryContextKeyConstraints } = await import(
  simulate + 'context_keys/discoveryContextKeyConstraints.js'
)
const { loadPolicy } = await import(at + 'iam-policy/dist/esm/index.js')

const load = (policies) =>
  (policies ?? undefined)?.map((policy, index) => loadPolicy(policy, { name: `policy ${index}` }))

for await (const line of createInterface({ input: process.stdin })) {
  const { principal, action, resource, accountId, context, ...layers } = JSON.parse(line)
  const analysis = authorize({
    request: new AwsRequestImpl(
      principal, { resource, accountId }, action, new RequestContextImpl(context)),
    sessionPolicy: load(layers.sessionPolicies)?.[0],
    identityPolicies: load(layers.identityPolicies),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: load(layers.resourcePolicies)?.[0],
    permissionBoundaries: load(layers.boundaries),
    vpcEndpointPolicies: undefined,
    simulationParameters: {
      simulationMode: 'Strict',
      discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]),
    },
    serviceSettings: { s3: {} },
  })
  console.log(analysis.result)
}
