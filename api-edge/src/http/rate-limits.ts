import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

export type RateLimits = {
  /** What every answer says of the quotas: the header `RateLimit-Policy`. */
  readonly policy: string;
  /**
   * Counts one request.
   * @param principal the user, or the address of who has not said who he is
   * @param route method and path of the operation
   */
  take(principal: string, route: string): Promise<Taken>;
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
 * that are held back. With several instances behind a balancer a caller has as many quotas.
 */
export function createRateLimits({ perCaller, perRoute }: RateQuotas): RateLimits {
  const callers = new RateLimiterMemory({ points: perCaller, duration: windowSeconds });
  const routes = new RateLimiterMemory({ points: perRoute, duration: windowSeconds });
  return {
    policy:
      `"caller";q=${perCaller};w=${windowSeconds}, ` + `"route";q=${perRoute};w=${windowSeconds}`,
    async take(principal, route) {
      const ofCaller = await consume(callers, principal);
      const ofRoute = await consume(routes, `${route} ${principal}`);
      const [callerSeconds, routeSeconds] = [secondsOf(ofCaller), secondsOf(ofRoute)];
      const callerIsOut = ofCaller.consumedPoints > perCaller;
      const routeIsOut = ofRoute.consumedPoints > perRoute;
      return {
        remaining:
          `"caller";r=${ofCaller.remainingPoints};t=${callerSeconds}, ` +
          `"route";r=${ofRoute.remainingPoints};t=${routeSeconds}`,
        retryAfterSeconds:
          callerIsOut || routeIsOut
            ? Math.max(callerIsOut ? callerSeconds : 0, routeIsOut ? routeSeconds : 0)
            : null,
      };
    },
  };
}

/** Being out of points is an answer like any other. */
async function consume(limiter: RateLimiterMemory, key: string): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key);
  } catch (error) {
    if (error instanceof RateLimiterRes) return error;
    throw error;
  }
}

function secondsOf({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext / 1_000));
}
