import { deriveId } from '@wallet/core-ledger';
import type { OutboxRecord } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { Codec, InboundRecord, WalletIntent } from '@wallet/schemas';
import { carried } from '../posting/carried.ts';

/** What became of a change of a wallet, which is decided once. Key: the id of its object. */
export function walletEventOf(
  codec: Codec,
  record: InboundRecord,
  intent: WalletIntent,
  told: { type: string; failureCode: string | null; occurredAtMs: number },
): OutboxRecord {
  const { type, failureCode, occurredAtMs } = told;
  const eventId = deriveId(intent.accepted_at, intent.intent_id, type, 1);
  const payload = codec.encode(topics.walletEvents, {
    event_id: eventId,
    type,
    object_id: intent.intent_id,
    wallet_id: intent.wallet_id,
    owner_id: intent.owner_id,
    amount_minor: intent.amount_minor,
    currency: intent.currency,
    failure_code: failureCode,
    ...{ noun: null, noun_id: null },
    occurred_at: occurredAtMs,
  });
  return { eventId, partition: null, key: intent.intent_id, payload, headers: carried(record) };
}
