/**
 * The service levels that dashboards and alerts refer to. Every threshold in seconds that names a
 * histogram is an edge of its buckets (a test says so), so that its share is exact.
 */
export const objectives = {
  endToEnd: {
    metric: 'wallet_payment_end_to_end_duration_seconds',
    thresholdSeconds: 2,
    target: 0.99,
  },
  fraudDecision: {
    metric: 'wallet_fraud_decision_duration_seconds',
    thresholdSeconds: 0.1,
    target: 0.99,
  },
  edgeLatency: {
    metric: 'wallet_http_request_duration_seconds',
    thresholdSeconds: 0.25,
    target: 0.99,
  },
  /** From an event to a machine of others that answers. */
  webhookDelay: {
    metric: 'wallet_webhook_delay_seconds',
    thresholdSeconds: 30,
    target: 0.99,
  },
  edgeAvailability: { target: 0.999 },
  intentsEnded: { target: 0.999 },
  oldestPendingSeconds: 60,
  /** Timers run twice a second. */
  overdueSeconds: 60,
  /** A bank that has not answered by then is asked; as withdrawals have it. */
  bankAnswerSeconds: 3 * 86_400,
  /** A second person has seen a batch by then, a weekend included. */
  approvalSeconds: 3 * 86_400,
  outboxAgeSeconds: 10,
  /** The monitor pays every fifteen seconds. */
  heartbeatSeconds: 75,
  /** Nothing that is due waits longer while its endpoint is well. */
  webhookDueSeconds: 60,
  /** One that a mail server refused is due again when its next try is. */
  emailDueSeconds: 60,
  /** A restart of a server takes less. */
  serverAwaySeconds: 30,
  consumerLagSeconds: 10,
  invariantAgeSeconds: 120,
  /** For a pass over all rows; in between recent rows are checked. */
  invariantFullAgeSeconds: 21_600,
  /** Sealing follows within seconds. */
  unsealedAgeSeconds: 60,
  /** Months of entries are made three ahead; a third of that is left when somebody must look. */
  monthsAheadSeconds: 30 * 86_400,
  /** Payments a second the benchmarks hold; beyond it nothing has been shown. */
  testedRatePerSecond: 3_000,
} as const;
