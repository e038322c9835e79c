/** What `npm start` needs to know to print a payment that works when pasted. */
export type Tour = { edge: string; payerWalletId: string; payeeWalletId: string };

/** Of every sandbox user, as the contract has it. */
export const sandboxPassword = 'sandbox-Password-1';
const PAYER = 'customer1@wallet.test';
const PAYEE = 'merchant1@wallet.test';
const CURRENCY = 'USD';

type WalletList = { data: { id: string; currency: string }[] };

const askJson = async <T>(url: string, init: RequestInit): Promise<T> => {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as T;
};

const findWallet = async (edge: string, email: string): Promise<string> => {
  const { access_token: token } = await askJson<{ access_token: string }>(`${edge}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: sandboxPassword }),
  });
  const headers = { authorization: `Bearer ${token}` };
  const { data } = await askJson<WalletList>(`${edge}/wallets`, { headers });
  const wallet = data.find(({ currency }) => currency === CURRENCY);
  if (wallet === undefined) throw new Error(`${email} has no wallet in ${CURRENCY}`);
  return wallet.id;
};

/** Logs in as a sandbox customer and a merchant and finds their wallets, as any client would. */
export const planTour = async (edge: string): Promise<Tour> => {
  const [payerWalletId, payeeWalletId] = await Promise.all([
    findWallet(edge, PAYER),
    findWallet(edge, PAYEE),
  ]);
  return { edge, payerWalletId, payeeWalletId };
};

/** Shell commands: log in, pay, look into the payer's inbox. */
export const tourCommands = ({ edge, payerWalletId, payeeWalletId }: Tour): string => {
  const login = (email: string): string =>
    `$(curl -s ${edge}/login -H 'Content-Type: application/json' \\
  -d '{"email":"${email}","password":"${sandboxPassword}"}' \\
  | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`;
  return `TOKEN=${login(PAYER)}
curl -s ${edge}/payments -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -H "Idempotency-Key: tour-$(date +%s%N)" -H 'Prefer: wait=10' \\
  -d '{"payer_wallet_id": "${payerWalletId}",
       "payee_wallet_id": "${payeeWalletId}",
       "amount_minor": 1250, "currency": "${CURRENCY}", "capture": "automatic"}'; echo
sleep 1 # the message follows the payment
curl -s ${edge}/notifications -H "Authorization: Bearer $TOKEN"; echo`;
};

type Addresses = {
  edge: string;
  identity: string;
  /** Where e-mails are seen that would have been sent. */
  mails: string | undefined;
  env: Readonly<Record<string, string>>;
  dataDir: string;
};

/** Everything a newcomer needs, on one screen. */
export const welcome = (addresses: Addresses, tour: Tour | null): string => {
  const { edge, identity, mails, env, dataDir } = addresses;
  const rows: [string, string | undefined][] = [
    ['API', edge],
    ['documentation', `${edge}/docs`],
    ['identity', `${identity}/.well-known/openid-configuration`],
    ['e-mails', mails],
    ['database', env['DATABASE_URL']],
    ['redis', env['REDIS_URL']],
    ['kafka', env['KAFKA_BROKERS']],
    ['registry', env['SCHEMA_REGISTRY_URL']],
    ['prometheus', env['PROMETHEUS_URL']],
    ['alerts', env['ALERTMANAGER_URL']],
    ['data and logs', dataDir],
  ];
  const table = rows
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${name.padEnd(15)}${value}`)
    .join('\n');
  if (tour === null) return `\n${table}\n\nCtrl-C stops everything.\n`;
  return `\n${table}

Sandbox logins, all with the password ${sandboxPassword}:
  customer1 … customer9, merchant1 … merchant3, analyst1, analyst2, support1,
  operator1, operator2, admin1, each @wallet.test

Paste this to pay a merchant:
${tourCommands(tour)}

Ctrl-C stops everything.
`;
};
