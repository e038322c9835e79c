import {
  interestedOf,
  listenersOf,
  readersOf,
  readReaders,
  readWishes,
  wishesOf,
  type Answer,
  type DeliveryWriter,
  type Listener,
  type Reader,
  type Transaction,
  type Wishes,
} from '@wallet/core-ledger';

/** What the parties of a batch want beyond an inbox with everything in it. */
export type Wanted = {
  readonly listeners: ReadonlyMap<string, Listener[]>;
  readonly readers: ReadonlyMap<string, Reader>;
  readonly wishes: Wishes;
};

/**
 * From the answer to `readInterest`. Most users want nothing more: then nothing more is read. Who
 * has neither endpoint nor e-mail costs a payment one look by its id, and no row.
 */
export async function readWanted(
  transaction: Transaction,
  writer: DeliveryWriter,
  interest: Answer | undefined,
): Promise<Wanted> {
  const interested = interestedOf(interest);
  const [listeners, wishes, readers] =
    interested.length === 0
      ? []
      : await transaction.flight([
          writer.listeners(interested),
          readWishes(interested),
          readReaders(interested),
        ]);
  return {
    listeners: listenersOf(listeners),
    wishes: wishesOf(wishes),
    readers: readersOf(readers),
  };
}
