export { createPhases, type Phases } from './phases.ts';
export type { ProcessHandle, ProcessPlan } from './process.ts';
export type { Server, ServiceName } from './services/service.ts';
export { describeFault, SetupFault } from './setup-fault.ts';
export { createStack, type Stack, type StackOptions } from './stack.ts';
export type { StackFile } from './stack-file.ts';
export { deployDatabase, deployTopics } from './deploy.ts';
export { roles } from './roles.ts';
export { openSecrets } from './secrets.ts';
