import type { Texts } from './text.ts';

export const german: Texts = {
  templates: {
    'payment.captured': [
      {
        subject: 'Zahlung über {amount}',
        text: 'Eine Zahlung über {amount} wurde ausgeführt.\nZahlung: {payment_id}',
      },
    ],
    'payment.failed': [
      {
        subject: 'Eine Zahlung wurde nicht ausgeführt',
        text:
          'Ihre Zahlung über {amount} wurde nicht ausgeführt. Ihr Guthaben ist unverändert.\n' +
          'Grund: {failure_code}\nZahlung: {payment_id}',
      },
    ],
    'payment.in_review': [
      {
        subject: 'Eine Zahlung wird geprüft',
        text:
          'Ihre Zahlung über {amount} wird geprüft. Der Betrag ist bis dahin zurückgelegt.\n' +
          'Zahlung: {payment_id}',
      },
    ],
    'refund.succeeded': [
      {
        subject: 'Erstattung über {amount}',
        text:
          'Eine Erstattung über {amount} wurde ausgeführt.\nErstattung: {refund_id}\n' +
          'Zahlung: {payment_id}',
      },
    ],
    'dispute.opened': [
      {
        subject: 'Eine Beanstandung über {amount}',
        text:
          'Eine Zahlung wird beanstandet.\nBetrag: {amount}\nStand: {stage}\nGrund: {reason}\n' +
          'Beanstandung: {dispute_id}\nZahlung: {payment_id}',
      },
    ],
    'dispute.decided': [
      {
        subject: 'Eine Beanstandung ist beendet',
        text:
          'Eine Beanstandung über {amount} ist beendet: {status}.\n' +
          'Beanstandung: {dispute_id}\nZahlung: {payment_id}',
      },
    ],
    'settlement.settled': [
      {
        subject: 'Geld auf dem Weg zu Ihrer Bank',
        text:
          'Eine Auszahlung ist beendet: {status}.\nBetrag: {amount}\n' +
          'Auszahlung: {settlement_id}',
      },
    ],
    'ticket.replied': [
      {
        subject: 'Eine Antwort auf Ihre Anfrage',
        text: 'Der Kundendienst hat Ihnen geantwortet.\nAnfrage: {ticket_id}',
      },
    ],
    'generic.message': [{ subject: '{title}', text: '{text}' }],
  },
  digest: {
    subject: 'Was geschah: {count} Nachrichten',
    text: 'Was für Sie zurückgehalten wurde:',
  },
  more: 'Und {count} weitere, die in Ihrem Posteingang liegen.',
  closing:
    'Sie erhalten dies, weil Sie in Ihren Einstellungen um Benachrichtigungen per E-Mail baten.',
  closingToAll: 'Sie erhalten dies als Partei dieses Streitfalls, was immer Sie eingestellt haben.',
};
