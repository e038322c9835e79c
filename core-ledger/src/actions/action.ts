/** What an action may be done to. */
export type ActionNoun =
  | 'payment'
  | 'refund'
  | 'dispute'
  | 'withdrawal'
  | 'settlement'
  | 'settlement_window'
  | 'bank_statement'
  | 'ticket';

/** Before its row an action is `pending`: known to the edge alone. */
export type ActionStatus = 'succeeded' | 'failed';

/** Something done to an object that makes no object of its own. Its id is its intent's id. */
export type ActionView = {
  id: string;
  /** The kind of its intent: `capture`, `cancel`, … */
  action: string;
  noun: ActionNoun;
  nounId: string;
  status: ActionStatus;
  failureCode: string | null;
  /** In minor units, as asked for; 0 where the action has none. */
  amountMinor: bigint;
  /** The user who asked for it. */
  actorId: string;
  createdAt: Date;
  updatedAt: Date;
};
