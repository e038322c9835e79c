import type { Ports } from './ports.ts';
import { probeHttp } from './probes.ts';
import { createUnit, type Unit, type UnitContext } from './unit.ts';

/** One of our own processes: a composition root that is run from its source. */
export type ProcessPlan = {
  /** Its name, as in stack.json: "edge", "streams", "streams:monitor". */
  role: string;
  /** Full path of its main.ts. */
  entry: string;
  args?: readonly string[];
  /** Beside the addresses of the servers; wins over them. */
  env?: Readonly<Record<string, string>>;
  /** Where the search for its status port begins. */
  statusPort?: number;
};

export type ProcessHandle = Unit & {
  readonly role: string;
  /** "http://127.0.0.1:9101": /livez, /readyz and /metrics are below it. */
  readonly statusUrl: string;
};

const FIRST_STATUS_PORT = 9_101;
const STOP_GRACE_MS = 15_000; // longer than the deadline of a process's own shutdown

/**
 * @param plan what to run · @param serverEnv addresses of the servers
 * @returns the process, not yet started; `ready` waits for 200 from its /readyz
 */
export const createProcess = async (
  plan: ProcessPlan,
  serverEnv: Readonly<Record<string, string>>,
  { ports, unit }: { ports: Ports; unit: UnitContext },
): Promise<ProcessHandle> => {
  const { role } = plan;
  const port = await ports.choose(`${role}-status`, plan.statusPort ?? FIRST_STATUS_PORT);
  const statusUrl = `http://127.0.0.1:${port}`;
  const handle = createUnit(
    {
      name: role,
      command: process.execPath,
      args: [plan.entry, ...(plan.args ?? [])],
      env: { ...process.env, ...serverEnv, STATUS_PORT: String(port), ...plan.env },
      stopSignal: 'SIGTERM',
      graceMs: STOP_GRACE_MS,
      readyWithinMs: 120_000,
      probe: () => probeHttp(`${statusUrl}/readyz`),
    },
    unit,
  );
  return { ...handle, role, statusUrl };
};
