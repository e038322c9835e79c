import { memberOf, type Person, type Resident } from '../../support/api.ts';
import type { HttpAnswer } from '../../support/http-client.ts';
import type { System } from '../../support/system.ts';

/** Who plays. */
export type Cast = {
  readonly customer: Resident;
  readonly merchant: Resident;
  readonly analyst: Person;
  readonly operator: Person;
  readonly secondOperator: Person;
  readonly agent: Person;
  /** A payment of the customer to the merchant that was captured before. */
  readonly paymentId: string;
};

/** One request of a flow; later ones know what earlier ones answered. */
type Act = {
  readonly who: 'Customer' | 'Merchant' | 'Analyst' | 'Operator' | 'Agent';
  readonly what: string;
  ask(cast: Cast, earlier: readonly HttpAnswer[]): Promise<HttpAnswer>;
};

/** One of the flows the product is for, as its users play it through the public API. */
export type Flow = {
  /** Of its page in ops/flows. */
  readonly file: string;
  readonly title: string;
  readonly text: string;
  readonly acts: readonly Act[];
};

const idOf = (answer: HttpAnswer | undefined): string => {
  if (answer === undefined) throw new Error('the flow has no such earlier answer');
  return String(memberOf(answer, 200, 'id'));
};

const pay = ({ customer, merchant }: Cast, amountMinor: number): Promise<HttpAnswer> => {
  const order = { from: customer.walletId, to: merchant.walletId, amountMinor };
  return customer.pay(order, { wait: 10 });
};

/** A dispute or a case is acted on by its own path. */
const act = (person: Person, path: string, body: object): Promise<HttpAnswer> =>
  person.post(path, body, { wait: 10 });

/** What the sandbox's rule set sends to review. */
const suspiciousMinor = 66_600;

const moneyTransfer: Flow = {
  file: 'money-transfer.md',
  title: 'Money transfer',
  text: 'A customer pays a merchant and waits for the outcome.',
  acts: [{ who: 'Customer', what: 'pays', ask: (cast) => pay(cast, 510) }],
};

const fraudDetection: Flow = {
  file: 'fraud-detection.md',
  title: 'Fraud detection',
  text: 'A payment looks wrong to the rules: its money is held, a case opens, an analyst decides.',
  acts: [
    { who: 'Customer', what: 'pays', ask: (cast) => pay(cast, suspiciousMinor) },
    {
      who: 'Analyst',
      what: 'approves the case',
      async ask({ analyst }, [paid]) {
        const cases = await analyst.get('/fraud/cases?status=open');
        const open = (cases.json?.['data'] ?? []) as { id: string; payment_id: string }[];
        const mine = open.find(({ payment_id }) => payment_id === idOf(paid));
        const decision = { reason: 'the payer knows the shop' };
        return act(analyst, `/fraud/cases/${mine?.id}/approve`, decision);
      },
    },
  ],
};

const disputeResolution: Flow = {
  file: 'dispute-resolution.md',
  title: 'Dispute resolution',
  text: 'A customer disputes a payment, the merchant answers with evidence, an operator decides.',
  acts: [
    { who: 'Customer', what: 'pays', ask: (cast) => pay(cast, 510) },
    {
      who: 'Customer',
      what: 'disputes the payment',
      ask({ customer }, [paid]) {
        const asked = { reason: 'not_received', description: 'Nothing came.' };
        return act(customer, '/disputes', { payment_id: idOf(paid), ...asked });
      },
    },
    {
      who: 'Merchant',
      what: 'adds evidence',
      ask({ merchant }, [, opened]) {
        const evidence = { kind: 'text', name: 'delivery', content: 'Signed for at the door.' };
        return act(merchant, `/disputes/${idOf(opened)}/evidence`, {
          ...{ ...evidence, content_type: 'text/plain' },
        });
      },
    },
    {
      who: 'Merchant',
      what: 'submits it',
      ask: ({ merchant }, [, opened]) => act(merchant, `/disputes/${idOf(opened)}/submit`, {}),
    },
    {
      who: 'Operator',
      what: 'decides',
      ask({ operator }, [, opened]) {
        const decision = { outcome: 'won', reason: 'It was delivered.' };
        return act(operator, `/disputes/${idOf(opened)}/decision`, decision);
      },
    },
  ],
};

const customerService: Flow = {
  file: 'customer-service-ticket.md',
  title: 'Customer service ticket',
  text: 'A customer asks, an agent answers and gives money back from the ticket, it is resolved.',
  acts: [
    {
      who: 'Customer',
      what: 'opens a ticket',
      ask({ customer, paymentId }) {
        const links = [{ kind: 'payment', id: paymentId }];
        return act(customer, '/tickets', { subject: 'Where is it?', body: 'Nothing came.', links });
      },
    },
    {
      who: 'Agent',
      what: 'answers',
      ask: ({ agent }, [opened]) =>
        act(agent, `/tickets/${idOf(opened)}/messages`, { body: 'You get it back.' }),
    },
    {
      who: 'Agent',
      what: 'refunds the payment from the ticket',
      ask({ agent, paymentId }, [opened]) {
        const refund = { payment_id: paymentId, amount_minor: 100, reason: 'never sent' };
        return agent.post('/refunds', refund, { wait: 10, ticket: idOf(opened) });
      },
    },
    {
      who: 'Agent',
      what: 'resolves it',
      ask({ agent }, [opened]) {
        const to = { to: 'resolved', reason: 'refunded' };
        return act(agent, `/tickets/${idOf(opened)}/transitions`, to);
      },
    },
  ],
};

const settlement: Flow = {
  file: 'settlement.md',
  title: 'Settlement',
  text: 'Money of a merchant goes to its bank: one operator asks, another approves, the bank pays.',
  acts: [
    {
      who: 'Operator',
      what: 'asks for a batch',
      ask({ merchant: { walletId }, operator }) {
        const run = { merchant_wallet_id: walletId, currency: 'USD', reason: 'end of the day' };
        return act(operator, '/settlements', run);
      },
    },
    {
      who: 'Operator',
      what: 'approves it, a second person',
      ask: ({ secondOperator }, [batch]) =>
        act(secondOperator, `/settlements/${idOf(batch)}/approve`, { reason: 'checked' }),
    },
    {
      who: 'Operator',
      what: 'says that the bank has paid',
      ask({ operator }, [batch]) {
        const paid = { to: 'settled', reference: 'bank-1', reason: 'statement of today' };
        return act(operator, `/settlements/${idOf(batch)}/transitions`, paid);
      },
    },
  ],
};

export const flows: readonly Flow[] = [
  ...[moneyTransfer, fraudDetection, disputeResolution, customerService, settlement],
];

/** @param system with the seeded sandbox, whose staff plays too; its merchant clears at once */
export async function castOf({ api }: System): Promise<Cast> {
  const [customer, merchant, analyst, operator, secondOperator, agent] = await Promise.all([
    api.customerWith(1_000_000),
    api.register('merchant'),
    api.seeded('analyst1'),
    api.seeded('operator1'),
    api.seeded('operator2'),
    api.seeded('support1'),
  ]);
  const settled = { mode: 'net_deferred', clearing_seconds: 0, destination: 'bank-7' };
  await operator.put(`/merchants/${merchant.walletId}/settlement-settings`, settled);
  const staff = { analyst, operator, secondOperator, agent };
  const order = { from: customer.walletId, to: merchant.walletId, amountMinor: 510 };
  const paymentId = idOf(await customer.pay(order, { wait: 10 }));
  return { customer, merchant, ...staff, paymentId };
}
