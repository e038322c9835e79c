/** Entities and windows that the rules of the benchmark read: fifteen counters of each kind. */
const entities = ['payer', 'payee', 'device', 'ip', 'card_fingerprint'];
const windows = ['1h', '24h', '30d'];

/**
 * Fifty rules over three windows of five entities, such as an analyst writes: bounds on counts and
 * sums beside amounts and lists, members, outcomes, a habit. Few of them match.
 */
export function fiftyRules(): string {
  const counters = entities.flatMap((entity) =>
    windows.flatMap((window) => [
      `block "${entity} often ${window}" when
        ${entity}.count_${window} > 5000 && amount_minor < 500`,
      `review "${entity} much ${window}" when
        ${entity}.sum_${window} > 900000000 && !(payer.id in lists.trusted)`,
      `score "${entity} spike ${window}" score 5 when
        amount_minor > 40 * ${entity}.mean_30d && ${entity}.count_${window} > 10`,
    ]),
  );
  const others = [
    'hard_block "blocked" when payer.id in lists.blocked || payee.id in lists.blocked',
    'review "fan-in" when payee.payers_24h > 127 && payee.first_seen_seconds < 60',
    'score "new device" score 5 when payer.new_device && payer.count_30d > 100',
    'review "disputed" when payee.disputed_count_7d >= 3 && currency in ["USD", "EUR"]',
    'score "reference" score 5 when has(reference) && reference.startsWith("gift")',
  ];
  return ['set version "bench"', 'set review_at_score 900', ...counters, ...others].join('\n');
}
