import { topics } from '@wallet/schemas';
import { observeCommand } from '../commands/observe-command.ts';
import type { PostingPlan } from '../posting/posting.ts';
import { createTickets } from './tickets.ts';

/** Customer service: posts like commands, but apart from them, so that money never waits for it. */
export const ticketsPlan: PostingPlan = {
  stage: 'tickets',
  topics: [topics.ticketIntents.name],
  trade: createTickets,
  observe: observeCommand,
};
