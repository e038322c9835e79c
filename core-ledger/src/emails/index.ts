export { decideEmails } from './email.ts';
export { judgeMail } from './judgement.ts';
export type { MailResult } from './judgement.ts';
export { claimMails, settleMails } from './queue.ts';
export type { ClaimedMail, MailOutcome } from './queue.ts';
export { createEmailWriter } from './writer.ts';
