import { monotonicMs } from '@wallet/runtime';

export type RateLimits = {
  /** What every answer says of the quotas: the header `RateLimit-Policy`. */
  readonly policy: string;
  /**
   * Counts one request.
   * @param principal the user, or the address of who has not said who he is
   * @param route method and path of the operation
   */
  take(principal: string, route: string): Taken;
};

export type Taken = {
  /** What remains: the header `RateLimit`. */
  readonly remaining: string;
  /** null: go on. */
  readonly retryAfterSeconds: number | null;
};

export type RateQuotas = {
  /** Requests per second of one caller. */
  perCaller: number;
  /** Requests per second of one caller to one operation: a runaway loop leaves room for others. */
  perRoute: number;
};

const windowSeconds = 1;

/**
 * Quotas in the memory of this instance: asking another server would cost more than the requests
 * that are held back. With several instances behind a balancer a caller has as many quotas. All
 * windows begin together, so that forgetting them is one step and needs no timer for each caller;
 * counts are numbers in a map for each operation, so that a caller who comes once leaves no object.
 */
export function createRateLimits(
  { perCaller, perRoute }: RateQuotas,
  nowMs: () => number = monotonicMs,
): RateLimits {
  const ofCallers = new Map<string, number>();
  const ofRoutes = new Map<string, Map<string, number>>();
  let window = 0;

  const countsOfRoute = (route: string): Map<string, number> => {
    const known = ofRoutes.get(route);
    if (known !== undefined) return known;
    const counts = new Map<string, number>();
    ofRoutes.set(route, counts);
    return counts;
  };

  return {
    policy:
      `"caller";q=${perCaller};w=${windowSeconds}, ` + `"route";q=${perRoute};w=${windowSeconds}`,
    take(principal, route) {
      const present = Math.floor(nowMs() / (windowSeconds * 1_000));
      if (present !== window) {
        ofCallers.clear();
        for (const counts of ofRoutes.values()) counts.clear();
        window = present;
      }
      const ofCaller = countIn(ofCallers, principal);
      const ofRoute = countIn(countsOfRoute(route), principal);
      const isOut = ofCaller > perCaller || ofRoute > perRoute;
      return {
        // Windows are a second long, and parts of seconds cannot be said: the next one is 1 away.
        remaining:
          `"caller";r=${Math.max(0, perCaller - ofCaller)};t=${windowSeconds}, ` +
          `"route";r=${Math.max(0, perRoute - ofRoute)};t=${windowSeconds}`,
        retryAfterSeconds: isOut ? windowSeconds : null,
      };
    },
  };
}

function countIn(counts: Map<string, number>, principal: string): number {
  const count = (counts.get(principal) ?? 0) + 1;
  counts.set(principal, count);
  return count;
}
