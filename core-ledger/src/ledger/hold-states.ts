import type { StateRow, StateTable } from '../states/state-table.ts';
import type { Hold } from './book-state.ts';

/** Before it is posted a hold is `asked`. */
type HoldState = 'asked' | Hold['state'];

type HoldRow = StateRow<HoldState> & {
  readonly action: 'hold' | 'capture' | 'void' | 'expire';
};

const ending = { from: 'open', event: null, deadline: null } as const;

/** Every legal change of a hold: it is no entry, and ends once. Its payment tells of it. */
export const holdStates: StateTable<HoldState, HoldRow> = {
  noun: 'hold',
  first: 'asked',
  resting: [],
  shownAs: {},
  rows: [
    {
      ...{ from: 'asked', to: 'open', action: 'hold', by: ['settlement'], event: null },
      ...{ posting: 'none: held rises', deadline: 'expires_at: expire' },
    },
    {
      ...{ from: 'open', to: 'open', action: 'capture', by: ['commands'], event: null },
      ...{ posting: 'a part of it; held falls', deadline: 'expires_at: expire' },
    },
    {
      ...{ ...ending, to: 'captured', action: 'capture', by: ['commands'] },
      posting: 'the rest of it, or a last part: then the rest is released',
    },
    {
      ...{ ...ending, to: 'voided', action: 'void', by: ['commands', 'timer'] },
      posting: 'none: held falls',
    },
    {
      ...{ ...ending, to: 'expired', action: 'expire', by: ['timer'] },
      posting: 'none: held falls',
    },
  ],
};
