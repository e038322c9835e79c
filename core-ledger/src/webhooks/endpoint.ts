/** Where an owner wants to be told by HTTP. */
export type WebhookEndpoint = {
  readonly id: string;
  readonly ownerId: string;
  readonly url: string;
  /** Types of events; `*` is every one. */
  readonly events: readonly string[];
  readonly status: 'enabled' | 'disabled';
  /** `gone`: it answered 410; `failing`: a delivery failed at its last try. */
  readonly disabledReason: DisabledReason | null;
  /** Until when the secret before signs as well. */
  readonly previousUntil: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type DisabledReason = 'gone' | 'failing';

/** For which the master key seals the secrets of endpoints. */
export const webhookSecretPurpose = 'webhook secrets';

/** Binds a sealed secret to its endpoint: it opens for no other. */
export function webhookSecretPlace(endpointId: string): string {
  return `webhook secret of ${endpointId}`;
}

/** An owner has at most so many: each event goes to every one of them. */
export const mostWebhookEndpoints = 20;
