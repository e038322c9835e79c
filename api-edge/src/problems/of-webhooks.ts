import type { ProblemTable } from './problem-table.ts';

/** Webhooks and other ways to hear of something. */
export const webhookProblems = {
  url_not_allowed: [
    422,
    'URL not allowed',
    'Give an HTTPS URL whose address is public, without credentials and fragment.',
  ],
  too_many_endpoints: [
    409,
    'Too many endpoints',
    'There are as many endpoints as one owner may have. Remove one.',
  ],
  critical_template: [
    422,
    'Critical template',
    'Of this you hear in the inbox and by e-mail in any case. Only its webhook can be left out.',
  ],
  unknown_time_zone: [
    422,
    'Unknown time zone',
    'Name a time zone of the IANA database, such as Europe/Berlin.',
  ],
} as const satisfies ProblemTable;
