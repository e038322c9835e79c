/** What has been taken on for each endpoint, and how much of it may be under way at a time. */
export type Lanes<Taken> = {
  /** Begins as much as its lane allows; the rest waits for those before it. */
  add(deliveries: readonly Taken[]): void;
  /** For how many more there is room, by endpoint, since the last call. */
  room(): ReadonlyMap<string, number>;
  /** Gives back all that has not begun, and begins nothing more. */
  close(): void;
  /** Room of a lane that nothing is known of. */
  readonly first: number;
};

const first = 2;
/** Who answers in 10 ms gets three thousand a second. */
const widest = 32;
/** So many wait in one lane: what a fast machine takes between two claims. */
const longest = 256;
/** What has not begun by then is given back, long before its lease ends. */
const patienceMs = 10_000;

type Lane<Taken> = {
  width: number;
  busy: number;
  arrived: number;
  waiting: { delivery: Taken; takenMs: number }[];
};

const isAtRest = ({ busy, arrived, waiting }: Lane<unknown>): boolean =>
  busy === 0 && waiting.length === 0 && arrived === 0;

const roomOf = ({ width, busy, arrived, waiting }: Lane<unknown>): number =>
  Math.max(0, Math.min(width + arrived * 2, longest) - busy - waiting.length);

/**
 * A lane doubles with every delivery that arrives and is one wide after one that does not, so a
 * machine that hangs holds two places, then one. What waits in it is about twice what arrived since
 * the last claim: claims are few, and the waits in a lane short.
 */
export function createLanes<Taken extends { readonly endpointId: string }>(deps: {
  /** True: it has arrived. Never rejects. */
  attempt(delivery: Taken): Promise<boolean>;
  /** What was not tried, because the one before it failed or took too long. */
  giveBack(deliveries: readonly Taken[]): void;
  nowMs(): number;
}): Lanes<Taken> {
  const { attempt, giveBack, nowMs } = deps;
  const lanes = new Map<string, Lane<Taken>>();
  let isClosed = false;

  const empty = (lane: Lane<Taken>): void => {
    const rest = lane.waiting.splice(0);
    if (rest.length > 0) giveBack(rest.map(({ delivery }) => delivery));
  };

  const advance = (lane: Lane<Taken>): void => {
    while (lane.busy < lane.width) {
      const next = lane.waiting.shift();
      if (next === undefined) return;
      if (isClosed || nowMs() - next.takenMs > patienceMs) {
        lane.waiting.unshift(next);
        return empty(lane);
      }
      lane.busy += 1;
      void attempt(next.delivery).then((hasArrived) => {
        lane.busy -= 1;
        lane.width = hasArrived ? Math.min(lane.width * 2, widest) : 1;
        if (hasArrived) lane.arrived += 1;
        else empty(lane);
        advance(lane);
      });
    }
  };

  return {
    first,
    add(deliveries) {
      const touched = new Set<Lane<Taken>>();
      const takenMs = nowMs();
      for (const delivery of deliveries) {
        const { endpointId } = delivery;
        const lane = lanes.get(endpointId) ?? { width: first, busy: 0, arrived: 0, waiting: [] };
        lanes.set(endpointId, lane);
        lane.waiting.push({ delivery, takenMs });
        touched.add(lane);
      }
      for (const lane of touched) advance(lane);
    },
    room() {
      const free = new Map<string, number>();
      for (const [endpointId, lane] of lanes) {
        if (isAtRest(lane)) lanes.delete(endpointId);
        else free.set(endpointId, roomOf(lane));
        lane.arrived = 0;
      }
      return free;
    },
    close() {
      isClosed = true;
      for (const lane of lanes.values()) empty(lane);
    },
  };
}
