import type { Texts } from './text.ts';

export const english: Texts = {
  templates: {
    'payment.captured': [
      {
        subject: 'Payment of {amount}',
        text: 'A payment of {amount} went through.\nPayment: {payment_id}',
      },
    ],
    'payment.failed': [
      {
        subject: 'A payment did not go through',
        text:
          'Your payment of {amount} did not go through. Nothing was taken from your wallet.\n' +
          'Reason: {failure_code}\nPayment: {payment_id}',
      },
    ],
    'payment.in_review': [
      {
        subject: 'A payment is being looked at',
        text:
          'Your payment of {amount} is being looked at. The amount is set aside until then.\n' +
          'Payment: {payment_id}',
      },
    ],
    'refund.succeeded': [
      {
        subject: 'Refund of {amount}',
        text: 'A refund of {amount} went through.\nRefund: {refund_id}\nPayment: {payment_id}',
      },
    ],
    'dispute.opened': [
      {
        subject: 'A dispute over {amount}',
        text:
          'A payment is disputed.\nAmount: {amount}\nStage: {stage}\nReason: {reason}\n' +
          'Dispute: {dispute_id}\nPayment: {payment_id}',
      },
    ],
    'dispute.decided': [
      {
        subject: 'A dispute has ended',
        text:
          'A dispute over {amount} has ended: {status}.\nDispute: {dispute_id}\n' +
          'Payment: {payment_id}',
      },
    ],
    'settlement.settled': [
      {
        subject: 'Money on its way to your bank',
        text: 'A settlement has ended: {status}.\nAmount: {amount}\nSettlement: {settlement_id}',
      },
    ],
    'ticket.replied': [
      {
        subject: 'An answer to your ticket',
        text: 'Customer service has answered you.\nTicket: {ticket_id}',
      },
    ],
    'generic.message': [{ subject: '{title}', text: '{text}' }],
  },
  digest: { subject: 'What happened: {count} messages', text: 'What was held back for you:' },
  more: 'And {count} more, which are in your inbox.',
  closing: 'You are told because you asked for e-mails in your notification settings.',
  closingToAll: 'You are told because you are a party of this dispute, whatever your settings.',
};
