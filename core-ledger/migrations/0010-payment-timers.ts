/** What is due is found by its deadline, however many payments wait. */
export const paymentTimers = {
  name: '0010-payment-timers',
  up: `
create index payment_authorization_due on payment (authorization_expires_at)
  where status = 'authorized';
`,
};
