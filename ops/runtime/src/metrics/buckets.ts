/** Seconds, from one fast database round trip to a stuck one. */
export const latencyBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10,
] as const;

/** Seconds from acceptance to the final state: fine around the objectives, out to minutes. */
export const journeyBuckets = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30, 60, 300,
] as const;

/** Records in one batch. */
export const sizeBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000] as const;
